// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>

#include <ATen/core/Tensor.h>

#include "core/nn/block_edit.h"
#include "core/nn/kept_attention.h"
#include "core/nn/layer_norm.h"
#include "core/nn/linear.h"
#include "core/nn/rotary.h"
#include "core/nn/tensors.h"
#include "core/trace/layer_attention.h"

namespace vitrine::nn {

struct AttentionShape {
    std::int64_t heads = 0;
    std::int64_t rows = 0;      ///< rows (batch x tokens) of most calls
    double normEpsilon = 1e-6;  ///< of QK-norm, and of a norm before the projection
    Turning turning = {};       ///< of q and k, behind their norms
    at::Tensor bias = {};       ///< a RelativeBias' index [T, T]; undefined: none
};

/// Multi-head self-attention with explicit probabilities, softmax(q k^T / sqrt(d)) v, then a projection; before it a norm.
/// Reads "qkv" (ViT) or "qk" and "v" (TNT) below `weights`, "proj", and "q_norm"/"k_norm", "norm" (before the projection)
/// and "relative_bias" where they are there.
class Attention {
public:
    Attention() = default;
    /// `layerScale` [D], when given, is folded into the projection.
    Attention(const Weights& weights, LayerNorm norm, const AttentionShape& shape, const std::optional<at::Tensor>& layerScale,
              const Placement& placement);

    /// `x` [B, T, D] -> x + attention(norm(x)). What is kept goes to `kept`.
    at::Tensor addedTo(const at::Tensor& x, Keep keep, KeptAttention& kept, const AttentionEdit& edit = {}) const;
    AttentionSize sizeOf(const at::Tensor& x, const AttentionEdit& edit) const;

    /// The probabilities of attention(norm(x)) alone, [B, heads, T, T] float32.
    at::Tensor probabilities(const at::Tensor& x, const AttentionEdit& edit = {}) const;
    /// What softmax takes to make them.
    at::Tensor logits(const at::Tensor& x) const;

    /// Parts of addedTo(): q, k, v [B, T, 3 A] before their norms; and x with the projection of the weighted sums.
    at::Tensor qkv(const at::Tensor& x) const { return m_qkv(x); }
    at::Tensor projectedTo(const at::Tensor& x, const at::Tensor& mixed) const { return m_projection.addedTo(x, mixed); }

private:
    at::Tensor bias() const;
    at::Tensor projected(const at::Tensor& x) const;

    Linear m_qkv, m_projection;
    std::optional<LayerNorm> m_qNorm, m_kNorm;
    std::int64_t m_heads = 0, m_width = 0;  ///< width: of a head
    Turning m_turning;
    at::Tensor m_biasTable, m_biasIndex;  ///< [rows, heads], [T, T]
    kernels::Product m_product = kernels::Product::Float32;
};

/// [heads, T, T] of factors that kernels computed a pass from, on all threads.
NdArray matricesOf(const AttentionFactors& factors);

}  // namespace vitrine::nn
