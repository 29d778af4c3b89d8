// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/model/config.h"
#include "core/model/model.h"

namespace vitrine {

/// Class names from a text file (one a line), TSV (index, name) or JSON (a list, or {"0": "name"}).
/// Throws Error naming the file; empty names stand for classes that a table with indices leaves out.
std::vector<std::string> readLabels(const std::filesystem::path& file);

/// spec.labels: the person's file (its count must be right), else the config's, else ImageNet's for 1000 classes.
void fillLabels(ModelSpec& spec, const ConfigFacts& facts, const ModelOverrides& overrides);

} // namespace vitrine
