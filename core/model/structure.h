// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "core/model/family.h"
#include "core/model/grid.h"
#include "core/model/limits.h"
#include "core/model/tensor_map.h"

namespace vitrine {

/// What a ModelSpec's structure is read from, and where it goes.
struct Structure {
    TensorMap& map;
    const ConfigFacts& facts;
    const ModelOverrides& overrides;
    ModelSpec& spec;
    FamilySays& told;
};

/// An axis of a tensor that the structure is read from. Throws Error when the tensor is missing or of another rank.
int axis(const TensorMap& map, std::string_view name, std::size_t index, std::size_t rank);

/// Throws Error where `width` does not divide into heads; `what` it is the width of, and what to do.
void requireDivisor(int width, int heads, const std::string& what, const std::string& remedy);

/// Throws Error where the patch embedding `name` does not take red, green and blue.
void requireColour(const TensorMap& map, const std::string& name);

void takeGrid(ModelSpec& spec, const Positions& positions);

/// A ViT's grid, from its position embeddings where it has any. Needs patch and prefix tokens; may add tensors.
void readPositions(const Structure& read);

/// Of a TNT: inner transformer, patch and grid. Needs the width and what the family says.
void readTnt(const Structure& read);

}  // namespace vitrine
