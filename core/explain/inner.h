// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/explain/attention.h"
#include "core/trace/trace.h"

namespace vitrine {

enum class InnerMeasure {
    Received,  ///< mean over a patch's inner queries of the weight on this inner token
    Entropy,   ///< nats, of this inner token's row
    Norm,      ///< L2 norm of this inner token after the block
};

/// All patches' inner tokens laid out as one picture: [grid rows * side, grid columns * side]. Throws Error for a ViT.
NdArray innerAssembled(const Trace& trace, int layer, InnerMeasure measure, const HeadChoice& heads);

/// The bridge from pixels to patches in block `layer`: per patch ||inner projection|| / ||patch embedding before it||,
/// [patches]. CLS gets nothing from the inner transformer (TNT, eq. 4). Throws Error for a ViT.
NdArray bridge(const Trace& trace, int layer);

} // namespace vitrine
