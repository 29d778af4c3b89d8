// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json.hpp>

#include "core/model/model_spec.h"

namespace vitrine {

/// A line on stderr for everything about a model that is doubtful or worse.
void warnOf(const ModelSpec& spec);

/// [{"severity", "text"}]: "assumed" of every subcommand's JSON, whatever the severity.
nlohmann::ordered_json assumedJson(const ModelSpec& spec);

}  // namespace vitrine
