// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/nn/mlp.h"

#include <ATen/ATen.h>

namespace vitrine::nn {

FeedForward::FeedForward(const Weights& weights, LayerNorm norm, const ModelSpec& spec,
                         const std::optional<at::Tensor>& layerScale, const Placement& placement, std::int64_t rows)
    : m_activation(spec.activation)
    , m_gated(weights.find("w12.weight").has_value())
    , m_normed(weights.find("norm.weight").has_value())
{
    m_first = Linear(weights[m_gated ? "w12" : "fc1"], placement, rows).after(std::move(norm));
    m_second = scaledLinear(weights[m_gated ? "w3" : "fc2"], layerScale, placement, rows);
    if (m_normed)
        m_second = m_second.after({weights["norm"], spec.layerNormEpsilon, placement});
}

at::Tensor FeedForward::addedTo(const at::Tensor& x) const
{
    if (!m_gated)
        return m_second.addedTo(x, m_normed ? activate(m_first(x), m_activation) : m_first.activated(x, m_activation));
    const auto halves = m_first(x).chunk(2, -1);
    return m_second.addedTo(x, at::silu(halves[0]) * halves[1]);
}

}  // namespace vitrine::nn
