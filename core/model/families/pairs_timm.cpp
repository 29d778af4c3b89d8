// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/families/families.h"

namespace vitrine::family {

namespace {

void clipFacts(ModelSpec& spec, const FamilyFacts& facts, FamilySays& told)
{
    spec.layerNormEpsilon = 1e-5;
    if (!facts.map.has("head.weight"))
        spec.embedding = embeddingWidth(spec, facts.map);
    if (!facts.config.activation && !facts.said.activation)
        told.guesses.emplace_back("exact GELU (OpenAI's networks have quick_gelu: --activation)");
}

void poolFacts(ModelSpec& spec, const FamilyFacts& facts, FamilySays& told)
{
    spec.pool = Pool::Attention;
    spec.poolsPrefix = false;
    if (!facts.map.has("head.weight"))
        spec.embedding = spec.width;
    if (!facts.config.activation && !facts.said.activation)
        told.guesses.emplace_back("exact GELU (SigLIP's authors have gelu_tanh: --activation)");
}

}  // namespace

extern const Family clipTimm{
    .source = "timm",
    .kind = "CLIP image network",
    .anchor = "patch_embed.proj.weight",
    .recognise =
        [](const Below& names) {
            return names.has("norm_pre.weight") && !names.has("patch_embed.proj.bias") && !names.has("attn_pool.latent")
                   && (names.has("norm.weight") || names.has("fc_norm.weight")) && names.has("pos_embed")
                   && !names.has("blocks.0.attn.q_bias") && names.has("blocks.0.attn.qkv.weight");
        },
    .names = timmNames(),
    .facts = clipFacts,
    .recipe = [](const ModelSpec&, const ConfigFacts&) -> std::optional<Preprocessing> {
        return cropRecipe(1.0, ClipMean, ClipDeviation);
    },
    .numbers = headOrProjection,
};

extern const Family poolTimm{
    .source = "timm",
    .kind = "ViT that pools by attention, as SigLIP",
    .anchor = "patch_embed.proj.weight",
    .recognise =
        [](const Below& names) {
            return names.has("attn_pool.latent") && !names.has("norm_pre.weight") && names.has("pos_embed");
        },
    .names = timmNames(),
    .facts = poolFacts,
    .recipe = [](const ModelSpec&, const ConfigFacts&) -> std::optional<Preprocessing> {
        return squashRecipe(Interpolation::Bicubic, HalfMean, HalfMean);
    },
};

}  // namespace vitrine::family
