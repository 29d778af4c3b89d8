// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/nn/linear.h"

#include <string_view>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/dispatch/Dispatcher.h>

#include "core/kernels/thread_scratch.h"
#include "core/nn/parallel.h"

namespace vitrine::nn {

namespace {

using Text = std::string_view;
using Scalars = c10::List<std::optional<at::Scalar>>;
using Pack = at::Tensor(const at::Tensor&, std::optional<c10::SymInt>);
using Pointwise = at::Tensor(const at::Tensor&, const at::Tensor&, const std::optional<at::Tensor>&, Text, Scalars,
                             std::optional<Text>);
using Binary = at::Tensor(const at::Tensor&, const at::Tensor&, const at::Tensor&, const std::optional<at::Tensor>&, Text);

// These operators serve LibTorch's own compiler; no header declares them.
struct OneDnn {
    std::optional<c10::OperatorHandle> pack, pointwise, binary;

    OneDnn()
    {
        auto& dispatcher = c10::Dispatcher::singleton();
        pack = dispatcher.findSchema({"mkldnn::_reorder_linear_weight", ""});
        pointwise = dispatcher.findSchema({"mkldnn::_linear_pointwise", ""});
        binary = dispatcher.findSchema({"mkldnn::_linear_pointwise", "binary"});
    }
    bool complete() const { return at::hasMKLDNN() && pack && pointwise && binary; }
};

const OneDnn& oneDnn()
{
    static const OneDnn operators;
    return operators;
}

// Packs the weight, or gives nothing where this LibTorch or processor cannot.
std::optional<at::Tensor> packed(const at::Tensor& weight, std::int64_t rows)
{
    if (!weight.is_cpu() || kernels::leftToTorch() || !oneDnn().complete())
        return std::nullopt;
    try {
        static const auto op = oneDnn().pack->typed<Pack>();
        return op.call(weight.contiguous(), c10::SymInt(rows));
    } catch (const c10::Error&) {
        return std::nullopt;
    }
}

at::Tensor pointwise(const at::Tensor& x, const at::Tensor& weight, const std::optional<at::Tensor>& bias,
                     std::optional<Text> gelu)
{
    static const auto op = oneDnn().pointwise->typed<Pointwise>();
    static const Scalars none;
    return op.call(x, weight, bias, gelu ? "gelu" : "none", none, gelu);
}

kernels::Epilogue epilogueOf(Activation activation)
{
    switch (activation) {
    case Activation::GeluTanh:
        return kernels::Epilogue::GeluTanh;
    case Activation::QuickGelu:
        return kernels::Epilogue::QuickGelu;
    case Activation::Gelu:
        break;
    }
    return kernels::Epilogue::Gelu;
}

bool suitsKernel(const at::Tensor& weight, std::int64_t rows)
{
    return weight.is_cpu() && weight.scalar_type() == at::kFloat && rows >= kernels::minimumLinearRows
           && !kernels::leftToTorch() && &kernels::best() != kernels::usable().front();
}

}  // namespace

Linear::Linear(const at::Tensor& weight, const std::optional<at::Tensor>& bias, const Placement& placement, std::int64_t rows)
    : m_weight(weight.to(placement.device, placement.type))
{
    if (bias)
        m_bias = bias->to(placement.device, placement.type);
    if (suitsKernel(m_weight, rows)) {
        m_packed = {nullptr, m_weight.size(0), m_weight.size(1), placement.product};
        const at::Tensor plain = m_weight.contiguous();
        m_weight = at::empty({kernels::best().packedLinearSize(m_packed)}, plain.options());
        float* const memory = m_weight.data_ptr<float>();
        m_packed.memory = memory;
        at::parallel_for(0, kernels::best().linearPanels(m_packed), 1, [&](std::int64_t first, std::int64_t last) {
            kernels::best().packLinear(plain.const_data_ptr<float>(), m_packed, first, last, memory);
        });
        m_way = Way::Kernel;
    } else if (auto better = packed(m_weight, rows)) {
        m_weight = std::move(*better);
        m_way = Way::OneDnn;
    }
}

Linear::Linear(const Weights& weights, const Placement& placement, std::int64_t rows)
    : Linear(weights.get("weight"), weights.find("bias"), placement, rows)
{
}

Linear Linear::after(LayerNorm norm) const
{
    Linear result = *this;
    result.m_norm = std::move(norm);
    return result;
}

at::Tensor Linear::runKernel(const at::Tensor& x, kernels::Epilogue epilogue, const at::Tensor& residual) const
{
    const at::Tensor input = x.contiguous();
    std::vector<std::int64_t> shape = input.sizes().vec();
    shape.back() = m_packed.out;
    const bool activates = epilogue != kernels::Epilogue::None && epilogue != kernels::Epilogue::Add;
    const bool rounds = activates && m_packed.product == kernels::Product::BFloat16;
    const at::Tensor y = at::empty(shape, input.options().dtype(rounds ? at::kBFloat16 : at::kFloat));
    kernels::LinearCall call;
    call.weight = m_packed;
    call.rows = input.numel() / m_packed.in;
    call.x = static_cast<const float*>(input.const_data_ptr());
    call.xIsRounded = input.scalar_type() == at::kBFloat16;
    if (m_norm)
        call.norm = m_norm->parameters();
    call.bias = m_bias ? m_bias->const_data_ptr<float>() : nullptr;
    call.residual = epilogue == kernels::Epilogue::Add ? residual.const_data_ptr<float>() : nullptr;
    call.y = static_cast<float*>(y.data_ptr());
    call.epilogue = epilogue;
    const kernels::Kernels& kernel = kernels::best();
    // A piece begins with preparing its rows and passes over all weights: of few rows a thread does its part at once.
    const std::int64_t parts = kernel.linearBlocks(call), panels = kernel.linearPanels(m_packed);
    const std::int64_t piece = call.rows > 512 ? 8 * panels : parts;
    parallelPieces(parts, piece, [&](std::int64_t first, std::int64_t last) {
        kernel.runLinear(call, first, last, kernels::threadScratch(kernel.linearScratchSize(call)));
    });
    return y;
}

at::Tensor Linear::operator()(const at::Tensor& x) const
{
    switch (m_way) {
    case Way::Kernel:
        return runKernel(x, kernels::Epilogue::None, {});
    case Way::OneDnn:
        return pointwise(normed(x), m_weight, m_bias, std::nullopt);
    case Way::Tensors:
        break;
    }
    return at::linear(normed(x), m_weight, m_bias.value_or(at::Tensor()));
}

at::Tensor Linear::activated(const at::Tensor& x, Activation activation) const
{
    // Two bfloat16 fill the space of a float.
    const bool fits = m_packed.product == kernels::Product::Float32 || m_packed.out % 2 == 0;
    if (m_way == Way::Kernel && fits)
        return runKernel(x, epilogueOf(activation), {});
    if (m_way == Way::OneDnn && activation != Activation::QuickGelu)
        return pointwise(normed(x), m_weight, m_bias, activation == Activation::Gelu ? "none" : "tanh");
    return activate((*this)(x), activation);
}

at::Tensor Linear::addedTo(const at::Tensor& residual, const at::Tensor& x) const
{
    if (m_way == Way::Kernel)
        return runKernel(x, kernels::Epilogue::Add, residual.contiguous());
    if (m_way == Way::Tensors)
        return residual + (*this)(x);
    static const auto op = oneDnn().binary->typed<Binary>();
    return op.call(normed(x), residual, m_weight, m_bias, "add");
}

Linear scaledLinear(const Weights& weights, const std::optional<at::Tensor>& scale, const Placement& placement,
                    std::int64_t rows)
{
    if (!scale)
        return Linear(weights, placement, rows);
    auto bias = weights.find("bias");
    if (bias)
        bias = *bias * *scale;
    return Linear(weights.get("weight") * scale->unsqueeze(1), bias, placement, rows);
}

at::Tensor activate(const at::Tensor& x, Activation activation)
{
    switch (activation) {
    case Activation::Gelu:
        return at::gelu(x, "none");
    case Activation::GeluTanh:
        return at::gelu(x, "tanh");
    case Activation::QuickGelu:
        return x * at::sigmoid(x * 1.702);
    }
    return x;
}

}  // namespace vitrine::nn
