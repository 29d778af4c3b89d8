// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/families/families.h"

namespace vitrine::family {

namespace {

// clang-format off: two columns of names are easier to compare
constexpr std::array<std::string_view, 1> Blocks{"blocks."};
constexpr std::array InBlock{
    Rule{"norm1.", "norm1."},           Rule{"norm2.", "norm2."},           Rule{"attn.qkv.", "attn.qkv."},
    Rule{"attn.q_proj.", "attn.q."},    Rule{"attn.k_proj.", "attn.k."},    Rule{"attn.v_proj.", "attn.v."},
    Rule{"attn.q_bias", "attn.q.bias"}, Rule{"attn.v_bias", "attn.v.bias"}, Rule{"attn.inner_attn_ln.", "attn.norm."},
    Rule{"attn.proj.", "attn.proj."},   Rule{"attn.rope.freqs_cos", ""},    Rule{"attn.rope.freqs_sin", ""},
    Rule{"mlp.w12.", "mlp.w12."},       Rule{"mlp.w1.", "mlp.w1."},         Rule{"mlp.w2.", "mlp.w2."},
    Rule{"mlp.w3.", "mlp.w3."},         Rule{"mlp.ffn_ln.", "mlp.norm."},
};
constexpr std::array Outside{
    Rule{"cls_token", "cls_token"}, Rule{"pos_embed", "pos_embed"}, Rule{"patch_embed.proj.", "patch_embed.proj."},
    Rule{"rope.freqs_cos", ""},     Rule{"rope.freqs_sin", ""},     Rule{"norm.", "norm."},
    Rule{"fc_norm.", "fc_norm."},   Rule{"head.", "head."},
};
// clang-format on

bool isGated(const Below& names)
{
    const TensorInfo* first = names.find("blocks.0.mlp.fc1.weight");
    const TensorInfo* second = names.find("blocks.0.mlp.fc2.weight");
    const bool packed = first && second && first->shape.size() == 2 && second->shape.size() == 2
                        && first->shape[0] == 2 * second->shape[1];
    return packed || names.has("blocks.0.mlp.fc1_g.weight");
}

/// Of q and v, but not of k.
bool hasPartialBias(const Below& names)
{
    return (names.has("blocks.0.attn.q_bias") && names.has("blocks.0.attn.v_bias"))
           || (names.has("blocks.0.attn.q_proj.bias") && !names.has("blocks.0.attn.k_proj.bias"));
}

/// EVA-CLIP's networks alone have a norm before the projection of the heads; their head is a projection of these widths.
void projectionOfClip(TensorMap& map, const Checkpoint&)
{
    const Shape* head = map.shape("head.weight");
    if (!map.has("blocks.0.attn.norm.weight") || !head || head->size() != 2)
        return;
    const std::pair<std::int64_t, std::int64_t> sides{(*head)[1], (*head)[0]};
    if (sides != std::pair<std::int64_t, std::int64_t>{768, 512} && sides != std::pair<std::int64_t, std::int64_t>{1024, 768})
        return;
    renameTensor(map, "head.weight", "embedding.weight");
    renameTensor(map, "head.bias", "embedding.bias");
    map.notes.push_back(
        {Severity::Information, "The head was taken for the projection that an EVA-CLIP has, and not for a classifier."});
}

void facts(ModelSpec& spec, const FamilyFacts& facts, FamilySays&)
{
    constexpr int Grid = 16;  // of the 224 pixels that the first of them were trained with
    spec.layerNormEpsilon = 1e-6;
    spec.attentionNorm = facts.map.has("blocks.0.attn.norm.weight");
    spec.mlpNorm = facts.map.has("blocks.0.mlp.norm.weight");
    spec.activation = Activation::Gelu;
    spec.rotary = {.kind = Rotary::Kind::Axial, .base = 10000, .reference = Grid};
    if (facts.map.has("embedding.weight"))
        spec.embedding = embeddingWidth(spec, facts.map);
}

std::optional<Preprocessing> recipe(const ModelSpec& spec, const ConfigFacts&)
{
    constexpr int Squashed = 448, Small = 224;
    if (spec.imageHeight >= Squashed)
        return squashRecipe(Interpolation::Bicubic, ClipMean, ClipDeviation);
    return cropRecipe(spec.imageHeight == Small && !spec.attentionNorm ? 0.9 : 1.0, ClipMean, ClipDeviation);
}

/// The authors' names of the gate, with their biases of q and v alone.
bool hasOwnNames(const Below& names)
{
    const bool gate = names.has("blocks.0.mlp.w1.weight") || names.has("blocks.0.mlp.w12.weight");
    return gate && names.has("blocks.0.attn.q_bias") && names.has("blocks.0.attn.v_bias") && names.has("pos_embed");
}

}  // namespace

extern const Family eva02Own{
    .source = "EVA-02",
    .kind = "EVA-02",
    .anchor = "patch_embed.proj.weight",
    .recognise = hasOwnNames,
    .names = {Blocks, InBlock, Outside},
    .facts = facts,
    .recipe = recipe,
    .numbers = projectionOfClip,
};

extern const Family eva02{
    .source = "timm EVA-02",
    .kind = "EVA-02",
    .anchor = "patch_embed.proj.weight",
    .recognise =
        [](const Below& names) {
            return hasPartialBias(names) && isGated(names) && names.has("pos_embed") && !names.has("norm_pre.weight");
        },
    .names = timmNames(),
    .facts = facts,
    .recipe = recipe,
    .numbers = projectionOfClip,
};

}  // namespace vitrine::family
