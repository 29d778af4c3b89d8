// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/grid.h"
#include "core/model/tensor_map.h"

namespace vitrine {

/// Which places a table of relative positions has values for, when it is resampled. Even: so many in the same extent, as an
/// image (transformers). Geometric: the farther away the farther apart, near ones as they are (BEiT's authors, timm).
enum class BiasSpacing { Even, Geometric };

/// `table` [(2h - 1)(2w - 1) + 3, heads] of a grid h x w as that of another one, bilinearly; the rows of CLS stay.
TensorRecipe resampledBias(const TensorRecipe& table, const Grid& from, const Grid& to, BiasSpacing spacing);

}  // namespace vitrine
