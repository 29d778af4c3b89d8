// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>

#include <ATen/core/Tensor.h>

#include "core/model/model_spec.h"
#include "core/nn/tensors.h"

namespace vitrine::nn {

/// y = x W^T + b. On the CPU the weights are packed once for oneDNN, which is twice as fast there as at::linear and
/// fuses bias, GELU and residual; elsewhere, and where LibTorch lacks those operators, it is at::linear.
class Linear {
public:
    Linear() = default;
    /// `weight` [out, in]. `rows`: how many rows x will have in most calls.
    Linear(const at::Tensor& weight, const std::optional<at::Tensor>& bias, const Placement& placement,
           std::int64_t rows);
    /// "weight" and, if it is there, "bias" below `weights`.
    Linear(const Weights& weights, const Placement& placement, std::int64_t rows);

    at::Tensor operator()(const at::Tensor& x) const;
    /// gelu(x W^T + b)
    at::Tensor activated(const at::Tensor& x, Activation activation) const;
    /// residual + x W^T + b
    at::Tensor addedTo(const at::Tensor& residual, const at::Tensor& x) const;

private:
    at::Tensor m_weight;  ///< [out, in], packed where m_packed
    std::optional<at::Tensor> m_bias;
    bool m_packed = false;
};

/// The linear map whose output is multiplied by `scale` [out] (LayerScale), as one linear map.
Linear scaledLinear(const Weights& weights, const std::optional<at::Tensor>& scale, const Placement& placement,
                    std::int64_t rows);

/// Element by element.
at::Tensor activate(const at::Tensor& x, Activation activation);

} // namespace vitrine::nn
