// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/model/config.h"
#include "core/model/model.h"
#include "core/model/tensor_map.h"

namespace vitrine {

/// The structure from tensor shapes, then config, then family rules; says in spec.assumed what no file told.
/// May add zeros for biases that a family leaves out, and rows of zeros for registers without positions.
ModelSpec buildSpec(TensorMap& map, const ConfigFacts& facts, const ModelOverrides& overrides, std::string name);

/// Fills spec.preprocessing and the input size. Needs patch and trained grid.
void fillPreprocessing(ModelSpec& spec, const TensorMap& map, const ConfigFacts& facts, const ModelOverrides& overrides);

/// Every tensor that the network has, with its shape.
std::vector<std::pair<std::string, Shape>> expectedTensors(const ModelSpec& spec, const TensorMap& map);

/// Throws Error naming the first missing or mis-shaped tensor with both shapes.
void validate(const ModelSpec& spec, const TensorMap& map);

}  // namespace vitrine
