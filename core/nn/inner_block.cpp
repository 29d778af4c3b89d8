// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/nn/inner_block.h"

#include <vector>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "core/kernels/kernels.h"
#include "core/kernels/thread_scratch.h"
#include "core/nn/plain/block.h"

namespace vitrine::nn {

struct InnerBlock::Packed {
    kernels::InnerWeights weights;
    std::vector<at::Tensor> memory;

    Packed(const Weights& block, const InnerSpec& spec, double epsilon)
    {
        const Weights attention = block["attn_in"], mlp = block["mlp_in"];
        weights.width = spec.width;
        weights.heads = spec.heads;
        weights.epsilon = static_cast<float>(epsilon);
        weights.norm1Weight = keep(block.get("norm_in.weight"));
        weights.norm1Bias = keep(block.get("norm_in.bias"));
        const at::Tensor qkv = at::cat({attention.get("qk.weight"), attention.get("v.weight")});
        weights.qkv = packed(qkv);
        weights.qkvBias = bias(joined(attention.find("qk.bias"), attention.find("v.bias")), qkv.size(0));
        weights.projection = packed(attention.get("proj.weight"));
        weights.projectionBias = bias(attention.find("proj.bias"), spec.width);
        weights.norm2Weight = keep(block.get("norm_mlp_in.weight"));
        weights.norm2Bias = keep(block.get("norm_mlp_in.bias"));
        weights.hidden = mlp.get("fc1.weight").size(0);
        weights.fc1 = packed(mlp.get("fc1.weight"));
        weights.fc1Bias = bias(mlp.find("fc1.bias"), weights.hidden);
        weights.fc2 = packed(mlp.get("fc2.weight"));
        weights.fc2Bias = bias(mlp.find("fc2.bias"), spec.width);
    }

private:
    const float* keep(const at::Tensor& tensor)
    {
        memory.push_back(tensor.contiguous());
        return memory.back().const_data_ptr<float>();
    }
    const float* packed(const at::Tensor& weight)
    {
        const at::Tensor rows = weight.contiguous();
        const at::Tensor result = at::empty({kernels::innerPackedSize(rows.size(0), rows.size(1))}, rows.options());
        kernels::packInner(rows.const_data_ptr<float>(), rows.size(0), rows.size(1), result.data_ptr<float>());
        return keep(result);
    }
    static std::optional<at::Tensor> joined(const std::optional<at::Tensor>& a, const std::optional<at::Tensor>& b)
    {
        return a && b ? std::optional(at::cat({*a, *b})) : std::nullopt;
    }
    // The kernel adds a bias always, and whole groups of outputs.
    const float* bias(const std::optional<at::Tensor>& stored, std::int64_t out)
    {
        const at::Tensor result = at::zeros({kernels::innerPaddedRows(out)});
        if (stored)
            result.narrow(0, 0, out).copy_(*stored);
        return keep(result);
    }
};

bool InnerBlock::usesKernel(const ModelSpec& spec, const Placement& placement)
{
    return placement.device.is_cpu() && !kernels::leftToTorch() && placement.type == at::kFloat && spec.inner.tokens() == 16
           && spec.inner.headWidth() * spec.inner.heads == spec.inner.width && spec.activation == Activation::Gelu;
}

InnerBlock::InnerBlock(const Weights& weights, const ModelSpec& spec, const Placement& placement)
{
    const double epsilon = spec.layerNormEpsilon;
    if (usesKernel(spec, placement)) {
        m_packed = std::make_shared<const Packed>(weights, spec.inner, epsilon);
        return;
    }
    const std::int64_t rows = static_cast<std::int64_t>(spec.patches()) * spec.inner.tokens();
    m_attention = Attention(weights["attn_in"], LayerNorm(weights["norm_in"], epsilon, placement),
                            {spec.inner.heads, rows, epsilon}, {}, placement);
    m_mlp = FeedForward(weights["mlp_in"], LayerNorm(weights["norm_mlp_in"], epsilon, placement), spec, {}, placement, rows);
}

void InnerBlock::run(InnerState& state, at::Tensor* keep, const BlockEdit& edit) const
{
    if (edit.hiddenInner.defined()) {
        const plain::Tape tape = plain::record(*edit.plainInner, state.tokens.to(at::kFloat), {{}, edit.hiddenInner});
        state.tokens = plain::output(*edit.plainInner, tape).to(state.tokens.scalar_type());
        if (state.channels.defined())
            state.channels = state.tokens.transpose(1, 2).contiguous();
        if (keep != nullptr)
            *keep = tape.attention;
        return;
    }
    if (m_packed) {
        runKernel(state, keep);
        return;
    }
    KeptAttention kept;
    const Keep form = keep != nullptr ? Keep::Matrices : Keep::Nothing;
    state.tokens = m_mlp.addedTo(m_attention.addedTo(state.tokens, form, kept));
    if (keep != nullptr)
        *keep = kept.matrices;
}

void InnerBlock::runKernel(InnerState& state, at::Tensor* keep) const
{
    const kernels::InnerWeights& weights = m_packed->weights;
    const kernels::Kernels& kernel = kernels::best();
    const std::int64_t patches = state.channels.size(0), size = state.channels.size(1) * state.channels.size(2);
    const std::int64_t attentionSize = weights.heads * 16 * 16;
    const at::Tensor channels = at::empty_like(state.channels);
    const at::Tensor tokens = at::empty({patches, 16, weights.width}, channels.options());
    if (keep != nullptr)
        *keep = at::empty({patches, weights.heads, 16, 16}, channels.options());
    const float* from = state.channels.const_data_ptr<float>();
    const kernels::InnerResult whole{channels.data_ptr<float>(), tokens.data_ptr<float>(),
                                     keep != nullptr ? keep->data_ptr<float>() : nullptr};
    at::parallel_for(0, patches, 2, [&](std::int64_t first, std::int64_t last) {
        const kernels::InnerResult part{whole.state + first * size, whole.tokens + first * size,
                                        whole.attention != nullptr ? whole.attention + first * attentionSize : nullptr};
        kernel.innerBlock(weights, from + first * size, last - first, part,
                          kernels::threadScratch(kernel.innerScratchSize(weights)));
    });
    state.channels = channels;
    state.tokens = tokens;
}

}  // namespace vitrine::nn
