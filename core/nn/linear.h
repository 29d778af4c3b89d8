// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>

#include <ATen/core/Tensor.h>

#include "core/model/model_spec.h"
#include "core/kernels/kernels.h"
#include "core/nn/layer_norm.h"
#include "core/nn/tensors.h"

namespace vitrine::nn {

/// y = norm(x) W^T + b, where the norm may be missing. On the CPU the weights are packed once: for a kernel of our own,
/// which fuses norm, bias, GELU and residual, or, where this processor has none, for oneDNN, which fuses the last three.
/// Elsewhere, and where LibTorch lacks those operators: at::linear.
class Linear {
public:
    Linear() = default;
    /// `weight` [out, in]. `rows`: how many rows x will have in most calls.
    Linear(const at::Tensor& weight, const std::optional<at::Tensor>& bias, const Placement& placement, std::int64_t rows);
    /// "weight" and, if it is there, "bias" below `weights`.
    Linear(const Weights& weights, const Placement& placement, std::int64_t rows);
    /// The same with x normalised first.
    Linear after(LayerNorm norm) const;

    at::Tensor operator()(const at::Tensor& x) const;
    /// activation(norm(x) W^T + b); bfloat16, for the next Linear, where products round to it.
    at::Tensor activated(const at::Tensor& x, Activation activation) const;
    /// residual + norm(x) W^T + b
    at::Tensor addedTo(const at::Tensor& residual, const at::Tensor& x) const;

private:
    enum class Way { Tensors, OneDnn, Kernel };
    at::Tensor normed(const at::Tensor& x) const { return m_norm ? (*m_norm)(x) : x; }
    at::Tensor runKernel(const at::Tensor& x, kernels::Epilogue epilogue, const at::Tensor& residual) const;

    at::Tensor m_weight;  ///< [out, in], or as m_way packs it
    std::optional<at::Tensor> m_bias;
    std::optional<LayerNorm> m_norm;
    Way m_way = Way::Tensors;
    kernels::PackedLinear m_packed;  ///< m_weight, for the kernel
};

/// The linear map whose output is multiplied by `scale` [out] (LayerScale), as one linear map.
Linear scaledLinear(const Weights& weights, const std::optional<at::Tensor>& scale, const Placement& placement,
                    std::int64_t rows);

/// Element by element.
at::Tensor activate(const at::Tensor& x, Activation activation);

}  // namespace vitrine::nn
