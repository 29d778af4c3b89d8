// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <vector>

#include "core/model/model_spec.h"
#include "core/base/ndarray.h"

namespace vitrine {

// Maps as pure functions. A: attention of a layer [heads, T, T]; G: the score's derivative by it. `readout` [T]: how much
// the head reads of each token. Rows [T] have the prefix tokens first; patchMap() takes them away.

/// CLS alone, the patches in equal parts, half of each, or what a learned query attends to (`pooling` [heads, T], mean over
/// heads), as the network pools; adds up to 1.
std::vector<float> readout(const ModelSpec& spec, const NdArray& pooling = {});
/// [T] -> [grid rows, grid columns]
NdArray patchMap(const ModelSpec& spec, std::span<const float> row);

/// What the head's tokens look at, mean over heads.
std::vector<float> attentionRow(const NdArray& a, std::span<const float> readout);
/// The same, each key weighted by the norm of its value behind the output projection, `norms` [heads, T] (Kobayashi 2020).
std::vector<float> valueAttentionRow(const NdArray& a, const NdArray& norms, std::span<const float> readout);
/// Chefer's rule 5, mean over heads of max(0, G * A), weighted by `readout` over the queries.
std::vector<float> gradientAttentionRow(const NdArray& a, const NdArray& g, std::span<const float> readout);
/// row times a matrix [T * T].
std::vector<float> rowTimes(std::span<const float> row, std::span<const float> matrix);

/// Mean over heads and queries of max(0, G) (LeGrad, one layer).
std::vector<float> leGradRow(const NdArray& g);
/// Each head's A weighted by the mean of its G over the patches, mean over heads, positive part (Chefer's baseline).
std::vector<float> attentionGradCamRow(const NdArray& a, const NdArray& g, std::span<const float> readout, int prefix);
/// Sum over heads of max(0, G) * sigmoid(logits), one layer (AGCAM).
std::vector<float> agCamRow(const NdArray& logits, const NdArray& g, std::span<const float> readout);
/// Grad-CAM of tokens [T, D] and the score's derivative by them: channels weighted by the mean derivative over patches.
std::vector<float> gradCamRow(const NdArray& values, const NdArray& gradient, int prefix);

/// Beyond Intuition, token-wise: the mean of A over heads, each key times |v W_o| / |z| of its token, `values` and `tokens`
/// [T] -> [T, T].
NdArray tokenWeightedAttention(const NdArray& a, const NdArray& values, const NdArray& tokens);
/// (I + last) ... (I + first) of these factors, each entry times the mean over heads of max(0, `integral`) [heads, T, T].
std::vector<float> beyondIntuitionRow(std::span<const NdArray> factors, const NdArray& integral,
                                      std::span<const float> readout);

/// Sum over each patch's pixels and channels of `pixels` [3, H, W].
NdArray patchSums(const ModelSpec& spec, std::span<const float> pixels);

// Controls.
/// Equally likely numbers from 0 to 1, the same for a seed on every machine.
NdArray randomMap(const ModelSpec& spec, unsigned seed);
/// A Gaussian in the middle, `sigma` in sides of the picture.
NdArray gaussianMap(const ModelSpec& spec, double sigma);

}  // namespace vitrine
