// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/nn/plain/weights.h"

#include <cmath>
#include <utility>

#include <ATen/ATen.h>

#include "core/nn/positions.h"
#include "core/nn/rotary.h"

namespace vitrine::nn::plain {

namespace {

Norm normOf(const Weights& weights, double epsilon, const at::Device& device)
{
    const auto bias = weights.find("bias");
    return {weights.get("weight").to(device), bias ? bias->to(device) : at::Tensor(), epsilon};
}

Affine affineOf(const Weights& weights, const at::Device& device)
{
    const auto bias = weights.find("bias");
    return {weights.get("weight").to(device), bias ? bias->to(device) : at::Tensor()};
}

at::Tensor optional(const Weights& weights, std::string_view name, const at::Device& device)
{
    const auto found = weights.find(name);
    return found ? found->to(device) : at::Tensor();
}

Affine qkvOf(const Weights& weights, const at::Device& device)
{
    if (weights.find("qkv.weight"))
        return affineOf(weights["qkv"], device);
    const Affine qk = affineOf(weights["qk"], device), v = affineOf(weights["v"], device);
    return {at::cat({qk.weight, v.weight}), qk.bias.defined() && v.bias.defined() ? at::cat({qk.bias, v.bias}) : at::Tensor()};
}

struct BlockNames {
    const char *norm1, *attention, *norm2, *mlp;
};

Block blockOf(const Weights& weights, const BlockNames& names, int heads, const ModelSpec& spec, const at::Device& device)
{
    const double epsilon = spec.layerNormEpsilon;
    const Weights attention = weights[names.attention], mlp = weights[names.mlp];
    Block block;
    block.heads = heads;
    block.norm1 = normOf(weights[names.norm1], epsilon, device);
    block.qkv = qkvOf(attention, device);
    if (attention.find("q_norm.weight"))
        block.qNorm = normOf(attention["q_norm"], epsilon, device);
    if (attention.find("k_norm.weight"))
        block.kNorm = normOf(attention["k_norm"], epsilon, device);
    block.turning = makeTurning(spec, attention.find("frequencies"), device);
    if (const auto table = attention.find("relative_bias")) {
        const at::Tensor index = relativeBiasIndex(spec, device);
        block.bias = table->to(device).index_select(0, index.flatten()).t().reshape({heads, index.size(0), -1});
    }
    if (attention.find("norm.weight"))
        block.mixedNorm = normOf(attention["norm"], epsilon, device);
    block.projection = affineOf(attention["proj"], device);
    block.scale1 = optional(weights, "ls1.gamma", device);
    block.norm2 = normOf(weights[names.norm2], epsilon, device);
    block.gated = mlp.find("w12.weight").has_value();
    block.first = affineOf(mlp[block.gated ? "w12" : "fc1"], device);
    block.second = affineOf(mlp[block.gated ? "w3" : "fc2"], device);
    if (mlp.find("norm.weight"))
        block.hiddenNorm = normOf(mlp["norm"], epsilon, device);
    block.scale2 = optional(weights, "ls2.gamma", device);
    block.activation = spec.activation;
    return block;
}

// What the second norm of a projection takes, and what the first gives.
struct Projection {
    at::Tensor x;
    Normed normed;
    at::Tensor linear;
};

Projection projection(const Layer& layer, const at::Tensor& inner)
{
    Projection result;
    const bool each = layer.projectionNorm1.weight.size(0) == inner.size(-1);
    result.x = each ? inner : inner.flatten(1);
    result.normed = normed(result.x, layer.projectionNorm1);
    result.linear = affine(result.normed.values.reshape({1, inner.size(0), -1}), layer.projection);
    return result;
}

}  // namespace

at::Tensor projected(const Layer& layer, const at::Tensor& inner)
{
    return normed(projection(layer, inner).linear, layer.projectionNorm2).values;
}

at::Tensor beforeProjection(const Layer& layer, const at::Tensor& gradient, const at::Tensor& inner, Backward backward)
{
    const Projection found = projection(layer, inner);
    const at::Tensor linear = beforeNorm(gradient, found.linear, normed(found.linear, layer.projectionNorm2),
                                         layer.projectionNorm2, backward);
    const at::Tensor values = linear.matmul(layer.projection.weight).reshape(found.x.sizes());
    return beforeNorm(values, found.x, found.normed, layer.projectionNorm1, backward).reshape(inner.sizes());
}

Layer makeLayer(const Weights& weights, const ModelSpec& spec, const at::Device& device)
{
    Layer layer;
    if (spec.architecture == Architecture::Vit) {
        layer.outer = blockOf(weights, {"norm1", "attn", "norm2", "mlp"}, spec.heads, spec, device);
        return layer;
    }
    layer.outer = blockOf(weights, {"norm_out", "attn_out", "norm_mlp", "mlp"}, spec.heads, spec, device);
    layer.inner = blockOf(weights, {"norm_in", "attn_in", "norm_mlp_in", "mlp_in"}, spec.inner.heads, spec, device);
    layer.projectionNorm1 = normOf(weights["norm1_proj"], spec.layerNormEpsilon, device);
    layer.projection = affineOf(weights["proj"], device);
    if (!spec.inner.legacy)
        layer.projectionNorm2 = normOf(weights["norm2_proj"], spec.layerNormEpsilon, device);
    return layer;
}

Stem makeStem(const Weights& weights, const ModelSpec& spec, const at::Device& device)
{
    const double epsilon = spec.layerNormEpsilon;
    Stem stem;
    if (spec.architecture == Architecture::Tnt) {
        stem.pixelWeight = weights.get("pixel_embed.proj.weight").to(device);
        stem.pixelBias = weights.get("pixel_embed.proj.bias").to(device);
        stem.innerPosition
            = weights.get("pixel_pos").to(device).reshape({spec.inner.width, spec.inner.tokens()}).t().contiguous();
        if (spec.inner.stemProjection) {
            stem.norm1 = normOf(weights["norm1_proj"], epsilon, device);
            stem.patches = affineOf(weights["proj"], device);
            stem.norm2 = normOf(weights["norm2_proj"], epsilon, device);
        }
        return stem;
    }
    const Weights embedding = weights["patch_embed"];
    stem.patches = affineOf(embedding["proj"], device);
    stem.patches.weight = stem.patches.weight.reshape({spec.width, -1});
    if (spec.patchNorms)
        stem.norm1 = normOf(embedding["norm_in"], epsilon, device);
    if (spec.patchNorms || spec.embeddingNorm)
        stem.norm2 = normOf(embedding["norm_out"], epsilon, device);
    if (spec.preNorm)
        stem.afterPositions = normOf(weights["norm_pre"], epsilon, device);
    return stem;
}

namespace {

AttentionPool poolOf(const Weights& weights, const ModelSpec& spec, const at::Device& device)
{
    AttentionPool pool;
    const Affine query = spec.poolProjectsQuery ? affineOf(weights["q"], device) : Affine();
    const std::int64_t width = spec.width / spec.poolHeads;
    pool.query = affine(weights.get("latent").to(device).flatten(), query).view({spec.poolHeads, 1, width})
                 / std::sqrt(static_cast<double>(width));
    const Affine both = affineOf(weights["kv"], device);
    pool.keys = {both.weight.narrow(0, 0, spec.width), both.bias.narrow(0, 0, spec.width)};
    pool.values = {both.weight.narrow(0, spec.width, spec.width), both.bias.narrow(0, spec.width, spec.width)};
    pool.projection = affineOf(weights["proj"], device);
    if (spec.poolMlpWidth > 0) {
        pool.norm = normOf(weights["norm"], spec.layerNormEpsilon, device);
        pool.first = affineOf(weights["mlp"]["fc1"], device);
        pool.second = affineOf(weights["mlp"]["fc2"], device);
    }
    pool.activation = spec.activation;
    pool.hidden = spec.poolsPrefix ? 0 : spec.prefixTokens();
    return pool;
}

}  // namespace

Head makeHead(const Weights& weights, const ModelSpec& spec, const at::Device& device)
{
    Head head;
    head.pool = spec.pool;
    head.prefix = spec.prefixTokens();
    if (spec.finalNorm && weights.find("norm.weight"))
        head.norm = normOf(weights["norm"], spec.layerNormEpsilon, device);
    if (spec.fcNorm)
        head.fcNorm = normOf(weights["fc_norm"], spec.fcNormEpsilon > 0 ? spec.fcNormEpsilon : spec.layerNormEpsilon, device);
    if (spec.preLogits > 0)
        head.preLogits = affineOf(weights["pre_logits"], device);
    if (spec.pool == Pool::Attention)
        head.query = poolOf(weights["attn_pool"], spec, device);
    head.classes = affineOf(weights["head"], device);
    if (weights.find("head_dist.weight"))
        head.distilled = affineOf(weights["head_dist"], device);
    return head;
}

PlainWeights::PlainWeights(const Model& model, const at::Device& device)
    : m_spec(model.spec)
    , m_device(device)
    , m_source(model.source)
    , m_layers(static_cast<std::size_t>(model.spec.layers))
{
    if (!m_source)
        m_tensors = model.tensors;
    for (const auto& [name, tensor] : model.tensors)
        m_names.push_back(name);
}

Tensors PlainWeights::tensors(const std::string& prefix) const
{
    Tensors found;
    for (const std::string& name : m_names) {
        if (prefix.empty() ? !name.starts_with("blocks.") : name.starts_with(prefix))
            found.emplace(name, m_source ? m_source->read(name) : m_tensors.at(name));
    }
    return found;
}

template <typename Part, typename Make>
const Part& PlainWeights::once(std::optional<Part>& part, Make make)
{
    if (m_source)
        m_source->throwIfChanged();
    if (!part)
        part.emplace(make(Weights(tensors(""), m_spec.name, ""), m_spec, m_device));
    return *part;
}

const Layer& PlainWeights::layer(int index)
{
    if (m_source)
        m_source->throwIfChanged();
    std::optional<Layer>& kept = m_layers[static_cast<std::size_t>(index)];
    if (kept)
        return *kept;
    if (index == m_passingLayer)
        return m_passing;
    m_passing = {};
    m_passingLayer = -1;
    const std::string prefix = "blocks." + std::to_string(index) + ".";
    const Tensors found = tensors(prefix);
    std::int64_t bytes = 0;
    for (const auto& [name, tensor] : found)
        bytes += tensor.size() * static_cast<std::int64_t>(sizeof(float));
    Layer made = makeLayer(Weights(found, m_spec.name, prefix), m_spec, m_device);
    if (!m_source || m_device.is_cuda() || m_kept + bytes <= mostKept) {
        m_kept += bytes;
        return kept.emplace(std::move(made));
    }
    m_passingLayer = index;
    return m_passing = std::move(made);
}

const Stem& PlainWeights::stem()
{
    return once(m_stem, makeStem);
}

const Head& PlainWeights::head()
{
    return once(m_head, makeHead);
}

}  // namespace vitrine::nn::plain
