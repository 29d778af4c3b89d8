// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "core/trace/trace.h"

namespace vitrine {

/// Each channel of the patch tokens after a block as a picture (TNT paper, figure 4), [D, grid rows, grid columns].
NdArray featureMaps(const Trace& trace, int layer);
/// Each channel of all patches' inner tokens after a block, [c, grid rows * side, grid columns * side]. Throws Error for a
/// ViT, and for a pass that did not record the inner transformer.
NdArray innerFeatureMaps(const Trace& trace, int layer);

/// The `count` maps of [n, rows, columns] that vary most, the first most.
std::vector<int> mostVarying(const NdArray& maps, int count);

}  // namespace vitrine
