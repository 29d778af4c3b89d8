// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/model/model_spec.h"
#include "core/model/preprocess.h"
#include "ui/picture/transparency.h"

namespace vitrine {

/// A line on stderr for everything about a model that is doubtful or worse.
void warnOf(const ModelSpec& spec);
/// What the network does not see of a picture as a person does, in sentences.
std::vector<std::string> unseenOf(const PreparedImage& picture, const Transparency& transparency, const ModelSpec& spec);
/// A line on stderr for each.
void warnOfUnseen(const std::string& picture, const std::vector<std::string>& sentences);

/// [{"severity", "text"}]: "assumed" of every subcommand's JSON, whatever the severity.
nlohmann::ordered_json assumedJson(const ModelSpec& spec);

}  // namespace vitrine
