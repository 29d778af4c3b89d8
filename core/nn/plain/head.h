// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "core/nn/plain/layers.h"

namespace vitrine::nn::plain {

/// From the last block's tokens to logits, as Classifier.
struct Head {
    Norm norm, fcNorm;
    Affine preLogits, classes, distilled;
    Pool pool = Pool::Cls;
    std::int64_t prefix = 0;
};

/// `tokens` [B, T, D] -> [B, classes]
at::Tensor logits(const Head& head, const at::Tensor& tokens);
/// The objective's derivative by `tokens` [1, T, D].
at::Tensor beforeHead(const Head& head, const at::Tensor& tokens, const Objective& objective, Backward backward);
/// The same where every token is the mean of `tokens`; of each token alike, [1, 1, D].
at::Tensor beforeHeadOfMean(const Head& head, const at::Tensor& tokens, const Objective& objective, Backward backward);

} // namespace vitrine::nn::plain
