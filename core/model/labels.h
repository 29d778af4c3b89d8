// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/model/config.h"
#include "core/model/model.h"

namespace vitrine {

/// Class names by class number from text (one a line, "0 name"), CSV or TSV (number and name, with a header or none) or
/// JSON (a list of names or of objects, {"0": "name"}, {"name": 0}, a whole config.json). Empty for classes that a table
/// leaves out. Throws Error naming the file and what is expected.
std::vector<std::string> readLabels(const std::filesystem::path& file);

/// spec.labels: the person's file (its count must be right), else the config's, else ImageNet's for 1000 classes.
void fillLabels(ModelSpec& spec, const ConfigFacts& facts, const ModelOverrides& overrides);

}  // namespace vitrine
