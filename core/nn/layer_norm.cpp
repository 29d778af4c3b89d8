// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/nn/layer_norm.h"

#include <ATen/ATen.h>

namespace vitrine::nn {

LayerNorm::LayerNorm(const Weights& weights, double epsilon, const Placement& placement)
    : m_weight(weights.get("weight").to(placement.device, placement.type).contiguous())
    , m_bias(weights.get("bias").to(placement.device, placement.type).contiguous())
    , m_epsilon(epsilon)
{
}

at::Tensor LayerNorm::operator()(const at::Tensor& x) const
{
    return at::layer_norm(x, {m_weight.size(0)}, m_weight, m_bias, m_epsilon);
}

kernels::Norm LayerNorm::parameters() const
{
    return {m_weight.const_data_ptr<float>(), m_bias.const_data_ptr<float>(), static_cast<float>(m_epsilon)};
}

}  // namespace vitrine::nn
