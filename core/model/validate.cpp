// SPDX-License-Identifier: GPL-3.0-or-later
#include <set>
#include <string>

#include "core/base/error.h"
#include "core/model/account.h"
#include "core/model/spec_builder.h"

namespace vitrine {

namespace {

using Expected = std::vector<std::pair<std::string, Shape>>;

void addNorm(Expected& list, const std::string& name, std::int64_t width, bool bias = true)
{
    list.emplace_back(name + ".weight", Shape{width});
    if (bias)
        list.emplace_back(name + ".bias", Shape{width});
}

void addLinear(Expected& list, const std::string& name, std::int64_t out, std::int64_t in, bool bias = true)
{
    list.emplace_back(name + ".weight", Shape{out, in});
    if (bias)
        list.emplace_back(name + ".bias", Shape{out});
}

void addVitBlock(Expected& list, const ModelSpec& spec, const std::string& block)
{
    const std::int64_t width = spec.width;
    addNorm(list, block + "norm1", width, !spec.rmsNorm);
    const std::int64_t inner = spec.attentionWidth;
    addLinear(list, block + "attn.qkv", 3 * inner, width, spec.qkvBias);
    if (spec.qkNorm) {
        addNorm(list, block + "attn.q_norm", spec.headWidth());
        addNorm(list, block + "attn.k_norm", spec.headWidth());
    }
    if (spec.attentionNorm)
        addNorm(list, block + "attn.norm", inner);
    if (spec.relativeBias)
        list.emplace_back(block + "attn.relative_bias", Shape{spec.relativeBiasRows(), spec.heads});
    if (spec.rotary.kind == Rotary::Kind::Learned)
        list.emplace_back(block + "attn.frequencies", Shape{2, spec.heads, spec.headWidth() / 2});
    addLinear(list, block + "attn.proj", width, inner);
    addNorm(list, block + "norm2", width, !spec.rmsNorm);
    if (spec.mlpNorm)
        addNorm(list, block + "mlp.norm", spec.mlpWidth);
    if (spec.mlp == Mlp::SwiGlu) {
        addLinear(list, block + "mlp.w12", 2 * static_cast<std::int64_t>(spec.mlpWidth), width);
        addLinear(list, block + "mlp.w3", width, spec.mlpWidth);
    } else {
        addLinear(list, block + "mlp.fc1", spec.mlpWidth, width);
        addLinear(list, block + "mlp.fc2", width, spec.mlpWidth);
    }
    if (spec.layerScale) {
        list.emplace_back(block + "ls1.gamma", Shape{width});
        list.emplace_back(block + "ls2.gamma", Shape{width});
    }
}

void addTntAttention(Expected& list, const ModelSpec& spec, const std::string& name, std::int64_t width, std::int64_t inner)
{
    addLinear(list, name + ".qk", 2 * inner, width, spec.qkvBias);
    addLinear(list, name + ".v", inner, width, spec.qkvBias);
    addLinear(list, name + ".proj", width, inner);
}

void addTntBlock(Expected& list, const ModelSpec& spec, const std::string& block)
{
    const std::int64_t width = spec.width;
    const std::int64_t inner = spec.inner.width;
    const std::int64_t flat = inner * spec.inner.tokens();
    addNorm(list, block + "norm_in", inner);
    addTntAttention(list, spec, block + "attn_in", inner, spec.inner.attentionWidth);
    addNorm(list, block + "norm_mlp_in", inner);
    addLinear(list, block + "mlp_in.fc1", spec.inner.mlpWidth, inner);
    addLinear(list, block + "mlp_in.fc2", inner, spec.inner.mlpWidth);
    addNorm(list, block + "norm1_proj", spec.inner.legacy ? inner : flat);
    addLinear(list, block + "proj", width, flat, spec.inner.legacy);
    if (!spec.inner.legacy)
        addNorm(list, block + "norm2_proj", width);
    addNorm(list, block + "norm_out", width);
    addTntAttention(list, spec, block + "attn_out", width, spec.attentionWidth);
    addNorm(list, block + "norm_mlp", width);
    addLinear(list, block + "mlp.fc1", spec.mlpWidth, width);
    addLinear(list, block + "mlp.fc2", width, spec.mlpWidth);
}

void addVitStem(Expected& list, const ModelSpec& spec)
{
    const std::int64_t width = spec.width;
    list.emplace_back("patch_embed.proj.weight", Shape{width, 3, spec.patchHeight, spec.patchWidth});
    list.emplace_back("patch_embed.proj.bias", Shape{width});
    if (spec.patchNorms)
        addNorm(list, "patch_embed.norm_in", std::int64_t{3} * spec.patchHeight * spec.patchWidth);
    if (spec.patchNorms || spec.embeddingNorm)
        addNorm(list, "patch_embed.norm_out", width, !spec.rmsNorm);
    if (spec.cls)
        list.emplace_back("cls_token", Shape{1, 1, width});
    if (spec.distillation)
        list.emplace_back("dist_token", Shape{1, 1, width});
    if (spec.registers > 0)
        list.emplace_back("reg_token", Shape{1, spec.registers, width});
    const std::int64_t patches = static_cast<std::int64_t>(spec.trainedGridHeight) * spec.trainedGridWidth;
    if (spec.learnedPositions)
        list.emplace_back("pos_embed", Shape{1, patches + (spec.positionsCoverPrefix ? spec.prefixTokens() : 0), width});
    if (spec.preNorm)
        addNorm(list, "norm_pre", width);
}

void addAttentionPool(Expected& list, const ModelSpec& spec)
{
    const std::int64_t width = spec.width;
    list.emplace_back("attn_pool.latent", Shape{1, 1, width});
    if (spec.poolProjectsQuery)
        addLinear(list, "attn_pool.q", width, width);
    addLinear(list, "attn_pool.kv", 2 * width, width);
    addLinear(list, "attn_pool.proj", width, width);
    if (spec.poolMlpWidth > 0) {
        addNorm(list, "attn_pool.norm", width);
        addLinear(list, "attn_pool.mlp.fc1", spec.poolMlpWidth, width);
        addLinear(list, "attn_pool.mlp.fc2", width, spec.poolMlpWidth);
    }
}

void addTntStem(Expected& list, const ModelSpec& spec)
{
    const std::int64_t width = spec.width;
    const std::int64_t inner = spec.inner.width;
    const std::int64_t flat = inner * spec.inner.tokens();
    list.emplace_back("pixel_embed.proj.weight", Shape{inner, 3, spec.inner.kernel, spec.inner.kernel});
    list.emplace_back("pixel_embed.proj.bias", Shape{inner});
    list.emplace_back("pixel_pos", Shape{1, inner, spec.inner.side, spec.inner.side});
    if (spec.inner.stemProjection) {
        addNorm(list, "norm1_proj", flat);
        addLinear(list, "proj", width, flat);
        addNorm(list, "norm2_proj", width);
    }
    list.emplace_back("cls_token", Shape{1, 1, width});
    const std::int64_t patches = static_cast<std::int64_t>(spec.trainedGridHeight) * spec.trainedGridWidth;
    list.emplace_back("patch_pos", Shape{1, patches + 1, width});
}

std::string inFile(const TensorRecipe& recipe, const std::string& name)
{
    if (recipe.sources.empty() || recipe.sources.front() == name)
        return "\"" + name + "\"";
    return "\"" + recipe.sources.front() + "\" (" + name + ")";
}

}  // namespace

Expected expectedTensors(const ModelSpec& spec, const TensorMap& map)
{
    Expected list;
    if (spec.architecture == Architecture::Tnt)
        addTntStem(list, spec);
    else
        addVitStem(list, spec);
    for (int layer = 0; layer < spec.layers; ++layer) {
        const std::string block = "blocks." + std::to_string(layer) + ".";
        if (spec.architecture == Architecture::Tnt)
            addTntBlock(list, spec, block);
        else
            addVitBlock(list, spec, block);
    }
    if (spec.finalNorm)
        addNorm(list, "norm", spec.width, !spec.rmsNorm);
    if (spec.pool == Pool::Attention)
        addAttentionPool(list, spec);
    if (spec.fcNorm)
        addNorm(list, "fc_norm", spec.width);
    const int features = spec.width * (spec.pool == Pool::ClsMean ? 2 : 1);
    if (spec.preLogits > 0)
        addLinear(list, "pre_logits", spec.preLogits, features);
    if (spec.classes > 0)
        addLinear(list, "head", spec.classes, spec.preLogits > 0 ? spec.preLogits : features);
    if (map.has("embedding.weight"))
        addLinear(list, "embedding", spec.embedding, spec.width, map.has("embedding.bias"));
    if (map.has("head_dist.weight"))
        addLinear(list, "head_dist", spec.classes, spec.width);
    return list;
}

void validate(const ModelSpec& spec, const TensorMap& map)
{
    const Expected expected = expectedTensors(spec, map);
    std::set<std::string_view> names;
    for (const auto& [name, shape] : expected)
        names.insert(name);
    std::vector<std::string> unknown;
    for (const auto& [name, recipe] : map.tensors) {
        if (!names.contains(name) && !recipe.sources.empty())
            unknown.push_back(recipe.sources.front());
    }
    refuseUnknown(unknown);
    for (const auto& [name, shape] : expected) {
        const auto found = map.tensors.find(name);
        if (found == map.tensors.end())
            throw Error("the tensor \"" + name + "\" is missing, its shape should be " + toString(shape)
                        + ": the file holds only a part of the network, or another kind of network");
        if (found->second.shape != shape)
            throw Error("the tensor " + inFile(found->second, name) + " has the shape " + toString(found->second.shape)
                        + ", but " + toString(shape) + " was expected");
    }
}

}  // namespace vitrine
