// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/nn/attention.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "core/kernels/kernels.h"
#include "core/kernels/thread_scratch.h"
#include "core/nn/parallel.h"
#include "core/nn/tile_order.h"

namespace vitrine::nn {

namespace {

Linear mergedQkv(const Weights& weights, const Placement& placement, std::int64_t rows)
{
    if (weights.find("qkv.weight"))
        return Linear(weights["qkv"], placement, rows);
    const auto qkBias = weights.find("qk.bias");
    const auto vBias = weights.find("v.bias");
    std::optional<at::Tensor> bias;
    if (qkBias && vBias)
        bias = at::cat({*qkBias, *vBias});
    return Linear(at::cat({weights.get("qk.weight"), weights.get("v.weight")}), bias, placement, rows);
}

// Probabilities are float32 whatever the type of the pass: they are what people look at.
struct Attended {
    at::Tensor probabilities;  ///< [B, heads, T, T] float32
    at::Tensor mixed;          ///< [B, T, D] in the type of qkv
    at::Tensor qkv, rows;      ///< as in KeptAttention
};

struct Wanted {
    bool probabilities = false;
    bool mixed = false;
    bool factors = false;
};

// `qkv` [B, T, 3, heads, d]
Attended attendWithKernels(const at::Tensor& qkv, kernels::Product product, Wanted wanted)
{
    const std::int64_t batch = qkv.size(0), tokens = qkv.size(1), heads = qkv.size(3), width = qkv.size(4);
    const at::Tensor numbers = qkv.to(at::kFloat).contiguous();
    const kernels::Kernels& kernel = kernels::best();
    const std::int64_t packedSize = kernel.packedHeadSize(tokens, width);
    const at::Tensor packed = at::empty({batch * heads, packedSize}, numbers.options());
    Attended result;
    if (wanted.probabilities)
        result.probabilities = at::empty({batch, heads, tokens, tokens}, numbers.options());
    if (wanted.mixed)
        result.mixed = at::empty({batch, tokens, heads * width}, numbers.options());
    if (wanted.factors) {
        result.qkv = numbers;
        result.rows = at::empty({batch, heads, 2, tokens}, numbers.options());
    }

    const float* data = numbers.const_data_ptr<float>();
    float* const packedData = packed.data_ptr<float>();
    float* const probabilities = wanted.probabilities ? result.probabilities.data_ptr<float>() : nullptr;
    float* const mixed = wanted.mixed ? result.mixed.data_ptr<float>() : nullptr;
    float* const rows = wanted.factors ? result.rows.data_ptr<float>() : nullptr;
    const auto view = [=](std::int64_t problem) {
        const float* q = data + (problem / heads * tokens * 3 * heads + problem % heads) * width;
        return kernels::HeadView{q, q + heads * width, q + 2 * heads * width, 3 * heads * width, tokens, width, product};
    };
    at::parallel_for(0, batch * heads, 1, [&](std::int64_t first, std::int64_t last) {
        for (std::int64_t problem = first; problem < last; ++problem)
            kernel.packHead(view(problem), packedData + problem * packedSize);
    });
    const TileOrder order(tokens, heads, heads * packedSize);
    parallelPieces(batch * order.size(), std::max(order.together(), heads), [&](std::int64_t first, std::int64_t last) {
        float* const scratch = kernels::threadScratch(kernel.attendScratchSize(tokens, width));
        const auto scale = static_cast<float>(1 / std::sqrt(static_cast<double>(width)));
        for (std::int64_t part = first; part < last; ++part) {
            const std::int64_t picture = part / order.size();
            const auto [head, row] = order[part % order.size()];
            const std::int64_t problem = picture * heads + head;
            kernels::HeadResult to;
            if (probabilities != nullptr)
                to.probabilities = probabilities + problem * tokens * tokens;
            if (mixed != nullptr)
                to.mixed = mixed + (picture * tokens * heads + head) * width;
            to.mixedStride = heads * width;
            if (rows != nullptr) {
                to.peaks = rows + problem * 2 * tokens;
                to.factors = to.peaks + tokens;
            }
            kernel.attendRows(view(problem), packedData + problem * packedSize, scale, row,
                              std::min(row + TileOrder::rows, tokens), to, scratch);
        }
    });
    if (wanted.mixed)
        result.mixed = result.mixed.to(qkv.scalar_type());
    return result;
}

struct Heads {
    at::Tensor q, k, v;  ///< [B, heads, T, d]
};

// As the kernels take them: rounded where their products are.
Heads headsOf(const at::Tensor& qkv, kernels::Product product)
{
    const at::Tensor numbers = product == kernels::Product::BFloat16 ? qkv.to(at::kBFloat16).to(qkv.scalar_type()) : qkv;
    const at::Tensor parts = numbers.permute({2, 0, 3, 1, 4});
    return {parts[0], parts[1], parts[2]};
}

// `bias` [heads, T, T] or undefined
at::Tensor logitsOf(const Heads& heads, const at::Tensor& bias)
{
    const double scale = 1 / std::sqrt(static_cast<double>(heads.q.size(-1)));
    const at::Tensor logits = at::matmul(heads.q * scale, heads.k.transpose(-2, -1));
    return bias.defined() ? logits + bias : logits;
}

Attended attendWithTensors(const at::Tensor& qkv, Wanted wanted)
{
    const Heads heads = headsOf(qkv, kernels::Product::Float32);
    const at::Tensor& v = heads.v;
    Attended result;
    if (wanted.factors)
        result.qkv = qkv;
    at::Tensor mixed;
    if (wanted.probabilities) {
        result.probabilities = at::softmax(logitsOf(heads, {}), -1, at::kFloat);
        if (wanted.mixed)
            mixed = at::matmul(result.probabilities.to(v.scalar_type()), v);
    } else {
        mixed = at::scaled_dot_product_attention(heads.q, heads.k, v);
    }
    if (wanted.mixed)
        result.mixed = mixed.transpose(1, 2).reshape({qkv.size(0), qkv.size(1), -1});
    return result;
}

Attended attendEdited(const at::Tensor& qkv, const at::Tensor& bias, kernels::Product product, const AttentionEdit& edit)
{
    const Heads heads = headsOf(qkv, product);
    at::Tensor logits = logitsOf(heads, bias);
    if (edit.hidden.defined())
        logits = logits.masked_fill(edit.hidden, -INFINITY);
    Attended result;
    result.probabilities = at::softmax(logits, -1, at::kFloat);
    const at::Tensor mixed = at::matmul(result.probabilities.to(heads.v.scalar_type()), heads.v);
    for (const std::int64_t head : edit.headsOff) {
        at::Tensor off = mixed.select(1, head);
        off.copy_(edit.headOff == HeadOff::Mean ? off.mean(1, true).expand_as(off) : at::zeros_like(off));
    }
    result.mixed = mixed.transpose(1, 2).reshape({qkv.size(0), qkv.size(1), -1});
    return result;
}

bool isByKernels(const at::Device& device, const at::Tensor& bias, const AttentionEdit& edit)
{
    return edit.empty() && !bias.defined() && device.is_cpu() && !kernels::leftToTorch();
}

Attended attend(const at::Tensor& qkv, const at::Tensor& bias, kernels::Product product, Wanted wanted,
                const AttentionEdit& edit)
{
    if (!edit.empty() || bias.defined())
        return attendEdited(qkv, bias, product, edit);
    return isByKernels(qkv.device(), bias, edit) ? attendWithKernels(qkv, product, wanted) : attendWithTensors(qkv, wanted);
}

}  // namespace

Attention::Attention(const Weights& weights, LayerNorm norm, const AttentionShape& shape,
                     const std::optional<at::Tensor>& layerScale, const Placement& placement)
    : m_qkv(mergedQkv(weights, placement, shape.rows).after(std::move(norm)))
    , m_projection(scaledLinear(weights["proj"], layerScale, placement, shape.rows))
    , m_heads(shape.heads)
    , m_width(weights.get("proj.weight").size(1) / shape.heads)
    , m_turning(shape.turning)
    , m_biasIndex(shape.bias)
    , m_product(placement.product)
{
    if (weights.find("q_norm.weight"))
        m_qNorm = LayerNorm(weights["q_norm"], shape.normEpsilon, placement);
    if (weights.find("k_norm.weight"))
        m_kNorm = LayerNorm(weights["k_norm"], shape.normEpsilon, placement);
    if (weights.find("norm.weight"))
        m_projection = m_projection.after({weights["norm"], shape.normEpsilon, placement});
    if (m_biasIndex.defined())
        m_biasTable = weights.get("relative_bias").to(placement.device, placement.type);
}

// [heads, T, T]; undefined where there is none.
at::Tensor Attention::bias() const
{
    if (!m_biasIndex.defined())
        return {};
    return m_biasTable.index_select(0, m_biasIndex.flatten()).t().reshape({m_heads, m_biasIndex.size(0), -1});
}

// [B, T, D] -> [B, T, 3, heads, d]
at::Tensor Attention::projected(const at::Tensor& x) const
{
    const at::Tensor qkv = m_qkv(x).view({x.size(0), x.size(1), 3, m_heads, -1});
    if (!m_qNorm && !m_kNorm)
        return turnedQueriesAndKeys(qkv, m_turning);
    const at::Tensor q = qkv.select(2, 0), k = qkv.select(2, 1);
    return turnedQueriesAndKeys(at::stack({m_qNorm ? (*m_qNorm)(q) : q, m_kNorm ? (*m_kNorm)(k) : k, qkv.select(2, 2)}, 2),
                                m_turning);
}

AttentionSize Attention::sizeOf(const at::Tensor& x, const AttentionEdit& edit) const
{
    return {m_heads, x.size(1), m_width, isByKernels(x.device(), m_biasTable, edit)};
}

at::Tensor Attention::addedTo(const at::Tensor& x, Keep keep, KeptAttention& kept, const AttentionEdit& edit) const
{
    const Attended attended = attend(projected(x), bias(), m_product, {keep == Keep::Matrices, true, keep == Keep::Factors},
                                     edit);
    if (keep != Keep::Nothing)
        kept = {attended.probabilities, attended.qkv, attended.rows, m_product};
    return m_projection.addedTo(x, attended.mixed);
}

at::Tensor Attention::probabilities(const at::Tensor& x, const AttentionEdit& edit) const
{
    return attend(projected(x), bias(), m_product, {.probabilities = true}, edit).probabilities;
}

NdArray matricesOf(const AttentionFactors& factors)
{
    const at::Tensor qkv = toTensor(factors.qkv).unsqueeze(0);
    return toNdArray(attendWithKernels(qkv, factors.product, {.probabilities = true}).probabilities[0]);
}

at::Tensor Attention::logits(const at::Tensor& x) const
{
    return logitsOf(headsOf(projected(x), m_product), bias());
}

}  // namespace vitrine::nn
