// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/nn/plain/layers.h"

#include <cmath>
#include <tuple>

#include <ATen/ATen.h>

namespace vitrine::nn::plain {

namespace {

constexpr double quickFactor = 1.702;

// f(x) / x
at::Tensor gateOf(const at::Tensor& x, Activation activation)
{
    switch (activation) {
    case Activation::Gelu:
        return at::special_ndtr(x);
    case Activation::GeluTanh:
        return at::sigmoid((x + 0.044715 * x * x * x) * (2 * std::sqrt(2 / M_PI)));
    case Activation::QuickGelu:
        return at::sigmoid(x * quickFactor);
    }
    return {};
}

}  // namespace

Normed normed(const at::Tensor& x, const Norm& norm)
{
    if (!norm.weight.defined())
        return {x, {}, {}};
    Normed result;
    if (!norm.bias.defined()) {
        result.inverseDeviation = at::rsqrt(x.square().mean(-1, true) + norm.epsilon);
        result.values = x * result.inverseDeviation * norm.weight;
        return result;
    }
    std::tie(result.values, result.mean, result.inverseDeviation) = at::native_layer_norm(x, norm.weight.sizes(), norm.weight,
                                                                                          norm.bias, norm.epsilon);
    return result;
}

at::Tensor beforeNorm(const at::Tensor& gradient, const at::Tensor& x, const Normed& result, const Norm& norm,
                      Backward backward)
{
    if (!norm.weight.defined())
        return gradient;
    if (!norm.bias.defined()) {
        const at::Tensor scaled = gradient * norm.weight * result.inverseDeviation;
        if (backward == Backward::Libra)
            return scaled;
        const at::Tensor unit = x * result.inverseDeviation;
        return scaled - unit * (scaled * unit).mean(-1, true);
    }
    if (backward == Backward::Libra) {
        const at::Tensor centred = gradient * norm.weight * result.inverseDeviation;
        return centred - centred.mean(-1, true);
    }
    return std::get<0>(at::native_layer_norm_backward(gradient.expand_as(x).contiguous(), x, norm.weight.sizes(), result.mean,
                                                      result.inverseDeviation, norm.weight, norm.bias, {true, false, false}));
}

at::Tensor affine(const at::Tensor& x, const Affine& layer)
{
    return layer.weight.defined() ? at::linear(x, layer.weight, layer.bias) : x;
}

at::Tensor byHead(const at::Tensor& x, std::int64_t heads)
{
    return x.unflatten(-1, {heads, x.size(-1) / heads}).transpose(1, 2);
}

at::Tensor beforeActivation(const at::Tensor& gradient, const at::Tensor& x, Activation activation, Backward backward)
{
    if (backward == Backward::Libra)
        return gradient * gateOf(x, activation);
    if (activation == Activation::QuickGelu) {
        const at::Tensor gate = gateOf(x, activation);
        return gradient * (gate + quickFactor * x * gate * (1 - gate));
    }
    return at::gelu_backward(gradient.expand_as(x), x, activation == Activation::Gelu ? "none" : "tanh");
}

at::Tensor beforeGate(const at::Tensor& gradient, const at::Tensor& x, Backward backward)
{
    const auto halves = x.chunk(2, -1);
    const at::Tensor gate = at::sigmoid(halves[0]);
    at::Tensor first = gradient * halves[1] * gate, second = gradient * halves[0] * gate;
    if (backward == Backward::Libra)
        return at::cat({first / 2, second / 2}, -1);
    return at::cat({first * (1 + halves[0] * (1 - gate)), second}, -1);
}

at::Tensor beforeTanh(const at::Tensor& gradient, const at::Tensor& x, Backward backward)
{
    const at::Tensor value = at::tanh(x);
    if (backward == Backward::Libra)
        return gradient * at::where(x == 0, at::ones_like(x), value / x);
    return gradient * (1 - value * value);
}

}  // namespace vitrine::nn::plain
