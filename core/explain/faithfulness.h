// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/trace/engine.h"

namespace vitrine {

/// How a class's probability changes while pixels go or come in the order of a map, and the area under each curve.
struct Faithfulness {
    NdArray deletion;   ///< [steps + 1], from the whole picture to none of it; a good map falls fast: small area
    NdArray insertion;  ///< [steps + 1], from the blurred picture to the whole; a good map rises fast: large area
    double deletionArea = 0, insertionArea = 0;  ///< 0 .. 1, by trapezoids
};

/// Deletion and insertion (RISE, Petsiuk et al. 2018) of `map` [grid rows, grid columns], the patches' weights: enlarged
/// to pixels bilinearly, pixels ordered from the largest, replaced in `steps` equal parts. Deleted pixels become the
/// mean colour (0 after normalisation); the start of insertion is RISE's blur, 11 x 11 with sigma 5. 2 steps + 1 forward
/// passes, in batches. Throws Error (no head, a map that is not finite), Cancelled.
Faithfulness faithfulness(Engine& engine, const PreparedImage& picture, const NdArray& map, int classIndex, int steps,
                          std::stop_token stop = {}, const Progress& progress = {});

} // namespace vitrine
