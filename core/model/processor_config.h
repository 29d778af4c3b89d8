// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/config.h"
#include "core/model/json_file.h"

namespace vitrine {

/// timm's input_size, interpolation, crop_pct, crop_mode, mean, std.
void readTimmPreprocessing(const JsonObject& config, ConfigFacts& facts);

/// transformers' preprocessor_config.json; facts.modelType decides where the file does not name its class.
void readProcessor(const JsonObject& config, ConfigFacts& facts);

}  // namespace vitrine
