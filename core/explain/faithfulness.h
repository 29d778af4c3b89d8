// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/explain/replacement.h"
#include "core/trace/engine.h"

namespace vitrine {

/// How a class's probability changes while pixels go or come in the order of a map, and the area under each curve.
struct Faithfulness {
    NdArray deletion;   ///< [steps + 1], from the whole picture to none of it; a good map falls fast: small area
    NdArray insertion;  ///< [steps + 1], from nothing of the picture to the whole; a good map rises fast: large area
    double deletionArea = 0, insertionArea = 0;  ///< 0 .. 1, by trapezoids
    /// -1 .. 1 (Wu et al., SaCo, CVPR 2024): whether the pixels' weights tell how much the probability falls without them;
    /// 0 where they tell nothing. Of the ten tenths of the pixels in the map's order, each taken away alone.
    double saco = 0;
};

struct FaithfulnessOptions {
    int steps = 50;  ///< equal parts in which pixels go or come
    /// As in RISE: what is deleted becomes one colour, what is inserted comes into a blurred picture.
    Baseline deletion = Baseline::Zero, insertion = Baseline::Blur;
};

/// Deletion and insertion (RISE, Petsiuk et al. 2018) and SaCo of `map` [rows, columns], enlarged to pixels bilinearly.
/// 2 steps + 11 forward passes, in batches. Throws Error (no head, a map that is not finite), Cancelled.
Faithfulness faithfulness(Engine& engine, const PreparedImage& picture, const NdArray& map, int classIndex,
                          const FaithfulnessOptions& options = {}, std::stop_token stop = {},
                          const Progress& progress = {});

} // namespace vitrine
