// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

#include "core/model/model_spec.h"
#include "core/trace/gradients.h"

/// What the layers of a network compute and how derivatives go back through them, in plain ATen: on any device, in float32
/// or float64, from weights as the file has them. Only inputs are differentiated.
namespace vitrine::nn::plain {

/// Layer normalisation over the last axis; without a weight: none; without a bias: by the root of the mean square alone.
struct Norm {
    at::Tensor weight, bias;
    double epsilon = 0;
};

struct Normed {
    at::Tensor values, mean, inverseDeviation;
};

Normed normed(const at::Tensor& x, const Norm& norm);
/// `gradient`, of what normed(x, norm) gives, as that of x.
at::Tensor beforeNorm(const at::Tensor& gradient, const at::Tensor& x, const Normed& result, const Norm& norm,
                      Backward backward);

/// x W^T + b; without a weight: none.
struct Affine {
    at::Tensor weight, bias;
};

at::Tensor affine(const at::Tensor& x, const Affine& layer);

/// [B, T, heads * d] -> [B, heads, T, d]
at::Tensor byHead(const at::Tensor& x, std::int64_t heads);

/// `gradient`, of f(x), as that of x.
at::Tensor beforeActivation(const at::Tensor& gradient, const at::Tensor& x, Activation activation, Backward backward);
/// The same of SwiGLU's silu(a) * b, where x is a and b side by side.
at::Tensor beforeGate(const at::Tensor& gradient, const at::Tensor& x, Backward backward);
/// The same of tanh(x).
at::Tensor beforeTanh(const at::Tensor& gradient, const at::Tensor& x, Backward backward);

}  // namespace vitrine::nn::plain
