// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/explain/sweep.h"

namespace vitrine {

// What more passes over changed pictures say. Each looks at `stop` between batches and tells how much is done, 0 .. 1.
// All throw Error, Cancelled.

/// The number that is explained, of a pass's logits.
double scoreOf(const NdArray& logits, const Objective& objective);

/// Integrated gradients (Sundararajan et al. 2017) from the picture that is 0 everywhere after normalisation, by the
/// midpoints of `steps` equal parts: [3, H, W], adding up to about the difference of the two scores.
std::vector<float> integratedGradients(Engine& engine, const PreparedImage& picture, const Objective& objective, int steps,
                                       Backward backward, const std::stop_token& stop, const Told& tell);

/// The mean over k = 1 .. `steps` of the score's derivative by the last layer's attention, that attention multiplied by
/// k / steps: [heads, T, T].
NdArray integratedLastAttention(Engine& engine, const Trace& trace, const Objective& objective, int steps,
                                const std::stop_token& stop, const Told& tell);

/// SmoothGrad (Smilkov et al. 2017): the mean gradient [3, H, W] over `samples` pictures with Gaussian noise, whose
/// deviation is `noise` times the range of the picture's values. The same numbers at every call.
std::vector<float> smoothGradient(Engine& engine, const PreparedImage& picture, const Objective& objective, int samples,
                                  double noise, Backward backward, const std::stop_token& stop, const Told& tell);

/// Occlusion (Zeiler and Fergus 2014): by how much the score falls where one patch is 0 after normalisation,
/// [grid rows, grid columns]. One pass a patch, in batches.
NdArray occlusion(Engine& engine, const PreparedImage& picture, const Objective& objective, const std::stop_token& stop,
                  const Told& tell);

}  // namespace vitrine
