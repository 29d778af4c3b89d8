// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/nn/attention.h"

#include <cmath>

#include <ATen/ATen.h>

namespace vitrine::nn {

namespace {

Linear mergedQkv(const Weights& weights, const Placement& placement, std::int64_t rows)
{
    if (weights.find("qkv.weight"))
        return Linear(weights["qkv"], placement, rows);
    const auto qkBias = weights.find("qk.bias");
    const auto vBias = weights.find("v.bias");
    std::optional<at::Tensor> bias;
    if (qkBias && vBias)
        bias = at::cat({*qkBias, *vBias});
    return Linear(at::cat({weights.get("qk.weight"), weights.get("v.weight")}), bias, placement, rows);
}

// In float32 whatever the type of q and k: a probability is what people look at.
at::Tensor softmaxOfProducts(const at::Tensor& q, const at::Tensor& k)
{
    const double scale = 1 / std::sqrt(static_cast<double>(q.size(-1)));
    return at::softmax(at::matmul(q * scale, k.transpose(-2, -1)), -1, at::kFloat);
}

} // namespace

Attention::Attention(const Weights& weights, const AttentionShape& shape, const std::optional<at::Tensor>& layerScale,
                     const Placement& placement)
    : m_qkv(mergedQkv(weights, placement, shape.rows))
    , m_projection(scaledLinear(weights["proj"], layerScale, placement, shape.rows))
    , m_heads(shape.heads)
{
    if (weights.find("q_norm.weight"))
        m_qNorm = LayerNorm(weights["q_norm"], shape.normEpsilon, placement);
    if (weights.find("k_norm.weight"))
        m_kNorm = LayerNorm(weights["k_norm"], shape.normEpsilon, placement);
}

Attention::Projected Attention::project(const at::Tensor& x) const
{
    const auto qkv = m_qkv(x).view({x.size(0), x.size(1), 3, m_heads, -1}).permute({2, 0, 3, 1, 4});
    Projected result{qkv[0], qkv[1], qkv[2]};
    if (m_qNorm)
        result.q = (*m_qNorm)(result.q);
    if (m_kNorm)
        result.k = (*m_kNorm)(result.k);
    return result;
}

at::Tensor Attention::addedTo(const at::Tensor& residual, const at::Tensor& x, at::Tensor* keep) const
{
    const Projected p = project(x);
    at::Tensor mixed;
    if (keep != nullptr) {
        *keep = softmaxOfProducts(p.q, p.k);
        mixed = at::matmul(keep->to(p.v.scalar_type()), p.v);
    } else {
        mixed = at::scaled_dot_product_attention(p.q, p.k, p.v);
    }
    return m_projection.addedTo(residual, mixed.transpose(1, 2).reshape(residual.sizes()));
}

at::Tensor Attention::probabilities(const at::Tensor& x) const
{
    const Projected p = project(x);
    return softmaxOfProducts(p.q, p.k);
}

} // namespace vitrine::nn
