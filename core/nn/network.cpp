// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/nn/network.h"

#include <algorithm>
#include <cmath>
#include <string>

#include <ATen/ATen.h>

#include "core/nn/tnt.h"
#include "core/nn/vit.h"

namespace vitrine::nn {

std::unique_ptr<Network> makeNetwork(Model& model, const Placement& placement)
{
    if (model.spec.architecture == Architecture::Tnt)
        return std::make_unique<Tnt>(model, placement);
    return std::make_unique<Vit>(model, placement);
}

void Network::run(const at::Tensor& input, Recorder& recorder) const
{
    State state = embed(input, recorder);
    recorder.endStage("embedding");
    for (int layer = 0; layer < layers(); ++layer) {
        runBlock(layer, state, {}, recorder);
        recorder.endStage("block " + std::to_string(layer));
    }
    recorder.recording.logits = logits(state.tokens, {});
    recorder.recording.embedding = embedding(state.tokens, {});
    if (recorder.recordsStates())
        recorder.recording.pooling = pooling(state.tokens, {});
    recorder.endStage("head");
}

Classifier::Classifier(const Model& model, const Placement& placement)
    : m_pool(model.spec.pool)
    , m_prefix(model.spec.prefixTokens())
{
    const Weights weights(model);
    const ModelSpec& spec = model.spec;
    if (spec.finalNorm && weights.find("norm.weight"))
        m_norm = LayerNorm(weights["norm"], spec.layerNormEpsilon, placement);
    if (spec.fcNorm)
        m_fcNorm = LayerNorm(weights["fc_norm"], spec.fcNormEpsilon > 0 ? spec.fcNormEpsilon : spec.layerNormEpsilon,
                             placement);
    if (spec.pool == Pool::Attention)
        m_attentionPool.emplace(weights["attn_pool"], spec, placement);
    m_embeds = spec.embedding > 0;
    m_summary = spec.summary;
    if (weights.find("embedding.weight"))
        m_embedding = Linear(weights["embedding"], placement, 1);
    if (spec.classes > 0 && spec.preLogits > 0)
        m_preLogits = Linear(weights["pre_logits"], placement, 1);
    if (spec.classes > 0)
        m_head = Linear(weights["head"], placement, 1);
    if (spec.classes > 0 && weights.find("head_dist.weight"))
        m_distilledHead = Linear(weights["head_dist"], placement, 1);
}

at::Tensor Classifier::pooled(const at::Tensor& tokens, const std::vector<int>& leftOut) const
{
    const auto patchMean = [&] {
        const at::Tensor patches = tokens.slice(1, m_prefix);
        if (leftOut.empty())
            return patches.mean(1);
        at::Tensor weights = at::ones({patches.size(1), 1});
        for (const int patch : leftOut)
            weights[patch] = 0;
        // Where nothing is left, nothing is seen: zeros.
        weights /= std::max(weights.sum().item<float>(), 1.0F);
        return (patches * weights.to(patches.options())).sum(1);
    };
    switch (m_pool) {
    case Pool::Cls:
        return tokens.select(1, 0);
    case Pool::Mean:
        return patchMean();
    case Pool::ClsMean:
        return at::cat({tokens.select(1, 0), patchMean()}, -1);
    case Pool::Attention:
        return (*m_attentionPool)(tokens, leftOut);
    }
    return {};
}

at::Tensor Classifier::operator()(const at::Tensor& tokens, const std::vector<int>& leftOut) const
{
    if (!m_head)
        return at::empty({tokens.size(0), 0}, tokens.options());
    const at::Tensor last = normed(tokens);
    at::Tensor features = pooled(last, leftOut);
    if (m_fcNorm)
        features = (*m_fcNorm)(features);
    if (m_preLogits)
        features = at::tanh((*m_preLogits)(features.contiguous()));
    const at::Tensor logits = (*m_head)(features.contiguous());
    if (!m_distilledHead)
        return logits;
    return (logits + (*m_distilledHead)(last.select(1, 1).contiguous())) / 2;
}

at::Tensor Classifier::ofEach(const at::Tensor& tokens) const
{
    // A sequence of one token over and over, one patch among them, pools to that token.
    return (*this)(tokens.unsqueeze(1).expand({-1, m_prefix + 1, -1}).contiguous());
}

at::Tensor Classifier::embedding(const at::Tensor& tokens, const std::vector<int>& leftOut) const
{
    if (!m_embeds)
        return {};
    if (!m_summary.empty()) {
        const at::Tensor last = normed(tokens);
        std::vector<at::Tensor> parts;
        for (const int token : m_summary)
            parts.push_back(last.select(1, token));
        return at::cat(parts, -1);
    }
    const at::Tensor features = pooled(normed(tokens), leftOut).contiguous();
    return m_embedding ? (*m_embedding)(features) : features;
}

at::Tensor Classifier::pooling(const at::Tensor& tokens, const std::vector<int>& leftOut) const
{
    return m_attentionPool ? m_attentionPool->probabilities(normed(tokens), leftOut) : at::Tensor();
}

AttentionPool::AttentionPool(const Weights& weights, const ModelSpec& spec, const Placement& placement)
    : m_heads(spec.poolHeads)
    , m_prefix(spec.prefixTokens())
    , m_seesPrefix(spec.poolsPrefix)
    , m_keyValue(weights["kv"], placement, spec.tokens())
    , m_projection(weights["proj"], placement, 1)
{
    at::Tensor query = weights.get("latent").flatten();
    if (spec.poolProjectsQuery)
        query = at::linear(query, weights.get("q.weight"), weights.get("q.bias"));
    const std::int64_t width = spec.width / m_heads;
    m_query = (query / std::sqrt(static_cast<double>(width))).view({m_heads, 1, width}).to(placement.device, placement.type);
    if (spec.poolMlpWidth > 0)
        m_mlp = FeedForward(weights["mlp"], {weights["norm"], spec.layerNormEpsilon, placement}, spec, {}, placement, 1);
}

at::Tensor AttentionPool::probabilities(const at::Tensor& tokens, const std::vector<int>& leftOut) const
{
    const at::Tensor keys = m_keyValue(tokens).chunk(2, -1)[0].unflatten(-1, {m_heads, -1}).transpose(1, 2);
    at::Tensor logits = at::matmul(m_query, keys.transpose(-2, -1)).squeeze(2);
    for (const int patch : leftOut)
        logits.select(-1, m_prefix + patch).fill_(-INFINITY);
    if (!m_seesPrefix)
        logits.narrow(-1, 0, m_prefix).fill_(-INFINITY);
    return at::softmax(logits, -1, at::kFloat);
}

at::Tensor AttentionPool::operator()(const at::Tensor& tokens, const std::vector<int>& leftOut) const
{
    const at::Tensor values = m_keyValue(tokens).chunk(2, -1)[1].unflatten(-1, {m_heads, -1}).transpose(1, 2);
    const at::Tensor seen = probabilities(tokens, leftOut).unsqueeze(2).to(values.scalar_type());
    const at::Tensor pooled = m_projection(at::matmul(seen, values).flatten(1));
    return m_mlp ? m_mlp->addedTo(pooled) : pooled;
}

at::Tensor prefixTokens(const Model& model, const Placement& placement)
{
    const Weights weights(model);
    const std::int64_t width = model.spec.width;
    std::vector<at::Tensor> parts{at::empty({0, width})};
    if (model.spec.cls)
        parts.push_back(weights.get("cls_token").reshape({1, width}));
    if (model.spec.distillation)
        parts.push_back(weights.get("dist_token").reshape({1, width}));
    if (model.spec.registers > 0)
        parts.push_back(weights.get("reg_token").reshape({model.spec.registers, width}));
    return at::cat(parts).to(placement.device, placement.type);
}

at::Tensor patchPixels(const at::Tensor& input, const ModelSpec& spec)
{
    const std::int64_t rows = spec.gridHeight(), columns = spec.gridWidth();
    const std::int64_t height = spec.patchHeight, width = spec.patchWidth;
    return input.narrow(2, 0, rows * height)
        .narrow(3, 0, columns * width)
        .reshape({input.size(0), input.size(1), rows, height, columns, width})
        .permute({0, 2, 4, 1, 3, 5})
        .reshape({input.size(0), rows * columns, input.size(1) * height * width});
}

at::Tensor withPositions(const at::Tensor& tokens, const at::Tensor& positions)
{
    if (positions.size(0) == tokens.size(1))
        return tokens + positions;
    at::Tensor result = tokens.clone();
    result.narrow(1, tokens.size(1) - positions.size(0), positions.size(0)).add_(positions);
    return result;
}

}  // namespace vitrine::nn
