// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/model_spec.h"

namespace vitrine {

namespace {

std::string prefixName(const ModelSpec& spec)
{
    std::string name = "+";
    if (spec.cls)
        name += " CLS";
    if (spec.distillation)
        name += name.size() > 1 ? ", distillation" : " distillation";
    if (spec.registers > 0)
        name += std::string(name.size() > 1 ? ", " : " ") + std::to_string(spec.registers) + " registers";
    return name;
}

void addInnerStem(std::vector<Stage>& walk, const ModelSpec& spec)
{
    const InnerSpec& inner = spec.inner;
    const std::int64_t patches = spec.patches();
    walk.push_back({"inner tokens", {patches, inner.tokens(), inner.width}});
    walk.push_back({"+ inner position", {patches, inner.tokens(), inner.width}});
    walk.push_back({"inner tokens side by side", {patches, std::int64_t{inner.tokens()} * inner.width}});
}

void addInnerBlock(std::vector<Stage>& walk, const ModelSpec& spec)
{
    const InnerSpec& inner = spec.inner;
    const std::int64_t patches = spec.patches();
    const std::int64_t tokens = inner.tokens();
    walk.push_back({"block: inner LayerNorm", {patches, tokens, inner.width}});
    walk.push_back({"block: inner q, k, v", {patches, inner.heads, tokens, inner.headWidth()}});
    walk.push_back({"block: inner attention", {patches, inner.heads, tokens, tokens}});
    walk.push_back({"block: inner heads joined, projected, added", {patches, tokens, inner.width}});
    walk.push_back({"block: inner MLP, hidden", {patches, tokens, inner.mlpWidth}});
    walk.push_back({"block: inner MLP, added", {patches, tokens, inner.width}});
    walk.push_back({"block: inner tokens projected, added to patches", {patches, spec.width}});
}

void addOuterBlock(std::vector<Stage>& walk, const ModelSpec& spec)
{
    const std::int64_t tokens = spec.tokens();
    walk.push_back({"block: LayerNorm", {tokens, spec.width}});
    walk.push_back({"block: q, k, v", {spec.heads, tokens, spec.headWidth()}});
    if (spec.rotary.kind != Rotary::Kind::None)
        walk.push_back({"block: q, k turned by row and column", {spec.heads, spec.patches(), spec.headWidth()}});
    walk.push_back({"block: attention", {spec.heads, tokens, tokens}});
    if (spec.attentionNorm)
        walk.push_back({"block: LayerNorm of the heads side by side", {tokens, spec.attentionWidth}});
    walk.push_back({"block: heads joined, projected, added", {tokens, spec.width}});
    walk.push_back({"block: LayerNorm before the MLP", {tokens, spec.width}});
    walk.push_back({"block: MLP, hidden", {tokens, spec.mlpWidth}});
    if (spec.mlpNorm)
        walk.push_back({"block: LayerNorm within the MLP", {tokens, spec.mlpWidth}});
    walk.push_back({"block: MLP, added", {tokens, spec.width}});
}

std::string pooledName(const ModelSpec& spec)
{
    if (spec.pool == Pool::ClsMean)
        return "CLS and mean of patches";
    if (spec.pool == Pool::Attention)
        return "pooling: what a learned query attends to";
    return spec.pool == Pool::Mean ? "mean of patches" : "CLS";
}

}  // namespace

std::vector<Stage> stages(const ModelSpec& spec)
{
    const std::int64_t pixels = std::int64_t{spec.patchHeight} * spec.patchWidth * 3;
    std::vector<Stage> walk;
    walk.push_back({"picture", {3, spec.imageHeight, spec.imageWidth}});
    walk.push_back({"patches", {spec.patches(), pixels}});
    if (spec.family == Family::Tnt)
        addInnerStem(walk, spec);
    if (spec.patchNorms)
        walk.push_back({"LayerNorm over the pixels of a patch", {spec.patches(), pixels}});
    walk.push_back({spec.inner.stemProjection ? "patch embedding" : "patch tokens, learned", {spec.patches(), spec.width}});
    if (spec.patchNorms)
        walk.push_back({"LayerNorm of the patch embedding", {spec.patches(), spec.width}});
    if (spec.prefixTokens() > 0)
        walk.push_back({prefixName(spec), {spec.tokens(), spec.width}});
    if (spec.learnedPositions)
        walk.push_back({"+ position", {spec.tokens(), spec.width}});
    if (spec.preNorm)
        walk.push_back({"LayerNorm before the blocks", {spec.tokens(), spec.width}});
    if (spec.family == Family::Tnt)
        addInnerBlock(walk, spec);
    addOuterBlock(walk, spec);
    walk.push_back({"after " + std::to_string(spec.layers) + " blocks", {spec.tokens(), spec.width}});
    if (spec.finalNorm)
        walk.push_back({"final LayerNorm", {spec.tokens(), spec.width}});
    walk.push_back({pooledName(spec), {std::int64_t{spec.width} * (spec.pool == Pool::ClsMean ? 2 : 1)}});
    if (spec.classes > 0 && spec.preLogits > 0)
        walk.push_back({"tanh layer before the head", {spec.preLogits}});
    if (spec.embedding > 0)
        walk.push_back({"embedding of the picture", {spec.embedding}});
    if (spec.classes > 0)
        walk.push_back({"logits", {spec.classes}});
    return walk;
}

}  // namespace vitrine
