// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/nn/layer_norm.h"

#include <ATen/ATen.h>

namespace vitrine::nn {

LayerNorm::LayerNorm(const Weights& weights, double epsilon, const Placement& placement)
    : m_weight(weights.get("weight").to(placement.device, placement.type).contiguous())
    , m_epsilon(epsilon)
{
    if (const auto bias = weights.find("bias"))
        m_bias = bias->to(placement.device, placement.type).contiguous();
}

at::Tensor LayerNorm::operator()(const at::Tensor& x) const
{
    if (!m_bias.defined()) {
        const at::Tensor numbers = x.to(at::kFloat);
        const at::Tensor scaled = numbers * at::rsqrt(numbers.square().mean(-1, true) + m_epsilon);
        return scaled.to(x.scalar_type()) * m_weight;
    }
    return at::layer_norm(x, {m_weight.size(0)}, m_weight, m_bias, m_epsilon);
}

kernels::Norm LayerNorm::parameters() const
{
    return {m_weight.const_data_ptr<float>(), m_bias.defined() ? m_bias.const_data_ptr<float>() : nullptr,
            static_cast<float>(m_epsilon)};
}

}  // namespace vitrine::nn
