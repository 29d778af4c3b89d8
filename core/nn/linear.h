// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>

#include <ATen/core/Tensor.h>

#include "core/model/model_spec.h"
#include "core/nn/kernels/kernels.h"
#include "core/nn/tensors.h"

namespace vitrine::nn {

/// y = x W^T + b. On the CPU the weights are packed once for oneDNN, which is faster there than at::linear and fuses
/// bias, GELU and residual. A small float32 layer uses a kernel of our own that does the same, since each call into
/// oneDNN costs as much as a tenth of the product. Elsewhere, and where LibTorch lacks those operators: at::linear.
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
    enum class Way { Tensors, OneDnn, Kernel };
    at::Tensor runKernel(const at::Tensor& x, Epilogue epilogue, const at::Tensor& residual) const;

    at::Tensor m_weight;  ///< [out, in], or as m_way packs it
    std::optional<at::Tensor> m_bias;
    Way m_way = Way::Tensors;
    std::int64_t m_out = 0;
};

/// The linear map whose output is multiplied by `scale` [out] (LayerScale), as one linear map.
Linear scaledLinear(const Weights& weights, const std::optional<at::Tensor>& scale, const Placement& placement,
                    std::int64_t rows);

/// Element by element.
at::Tensor activate(const at::Tensor& x, Activation activation);

} // namespace vitrine::nn
