// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>

#include <ATen/core/Tensor.h>

#include "core/model/model_spec.h"
#include "core/nn/linear.h"
#include "core/nn/tensors.h"

namespace vitrine::nn {

/// A block's MLP with the norm before it, n = norm(x): fc2(act(fc1(n))), or SwiGLU w3(silu(a) * b) with (a, b) = w12(n); where
/// there is a "norm", between the two.
class FeedForward {
public:
    FeedForward() = default;
    /// "fc1" and "fc2", or "w12" and "w3", below `weights`. `layerScale` [D], when given, is folded in.
    FeedForward(const Weights& weights, LayerNorm norm, const ModelSpec& spec, const std::optional<at::Tensor>& layerScale,
                const Placement& placement, std::int64_t rows);

    /// x + mlp(norm(x))
    at::Tensor addedTo(const at::Tensor& x) const;
    /// The first part of it: before the activation, [B, T, h] or, of SwiGLU, [B, T, 2h].
    at::Tensor hidden(const at::Tensor& x) const { return m_first(x); }

private:
    Linear m_first, m_second;
    Activation m_activation = Activation::Gelu;
    bool m_gated = false, m_normed = false;
};

}  // namespace vitrine::nn
