// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "core/nn/plain/layers.h"

namespace vitrine::nn::plain {

/// Pool::Attention: `query` looks for its keys among the tokens; what it finds is projected, and an MLP of that is added.
struct AttentionPool {
    at::Tensor query;         ///< [heads, 1, d], scaled; undefined: there is none
    std::int64_t hidden = 0;  ///< tokens in front that it does not see
    Affine keys, values, projection;
    Norm norm;
    Affine first, second;
    Activation activation = Activation::Gelu;
};

/// From the last block's tokens to logits, as Classifier.
struct Head {
    Norm norm, fcNorm;
    Affine preLogits, classes, distilled;
    Pool pool = Pool::Cls;
    AttentionPool query;
    std::int64_t prefix = 0;
};

/// `tokens` [B, T, D] -> [B, classes]
at::Tensor logits(const Head& head, const at::Tensor& tokens);
/// The objective's derivative by `tokens` [1, T, D].
at::Tensor beforeHead(const Head& head, const at::Tensor& tokens, const Objective& objective, Backward backward);
/// The same where every token is the mean of `tokens`; of each token alike, [1, 1, D].
at::Tensor beforeHeadOfMean(const Head& head, const at::Tensor& tokens, const Objective& objective, Backward backward);

}  // namespace vitrine::nn::plain
