// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/families/families.h"

namespace vitrine::family {

namespace {

// clang-format off: two columns of names are easier to compare
constexpr std::array<std::string_view, 2> HuggingFaceBlocks{"layer.", "model.layer."};
constexpr std::array HuggingFaceInBlock{
    Rule{"norm1.", "norm1."},
    Rule{"norm2.", "norm2."},
    Rule{"attention.q_proj.", "attn.q."},
    Rule{"attention.k_proj.", "attn.k."},
    Rule{"attention.v_proj.", "attn.v."},
    Rule{"attention.o_proj.", "attn.proj."},
    Rule{"layer_scale1.lambda1", "ls1.gamma"},
    Rule{"layer_scale2.lambda1", "ls2.gamma"},
    Rule{"mlp.up_proj.", "mlp.fc1."},
    Rule{"mlp.down_proj.", "mlp.fc2."},
    Rule{"mlp.gate_proj.", "mlp.gate."},
};
constexpr std::array HuggingFaceOutside{
    Rule{"embeddings.cls_token", "cls_token"},
    Rule{"embeddings.register_tokens", "reg_token"},
    Rule{"embeddings.patch_embeddings.", "patch_embed.proj."},
    Rule{"norm.", "norm."},
};
constexpr std::array<std::string_view, 1> Blocks{"blocks."};
constexpr std::array InBlock{
    Rule{"norm1.", "norm1."},       Rule{"norm2.", "norm2."},           Rule{"attn.qkv.", "attn.qkv."},
    Rule{"attn.qkv.bias_mask", ""}, Rule{"attn.q_bias", "attn.q.bias"}, Rule{"attn.v_bias", "attn.v.bias"},
    Rule{"attn.k_bias", ""},        Rule{"attn.proj.", "attn.proj."},   Rule{"gamma_1", "ls1.gamma"},
    Rule{"gamma_2", "ls2.gamma"},   Rule{"ls1.gamma", "ls1.gamma"},     Rule{"ls2.gamma", "ls2.gamma"},
    Rule{"mlp.fc1.", "mlp.fc1."},   Rule{"mlp.fc2.", "mlp.fc2."},       Rule{"mlp.fc1_g.", "mlp.w1."},
    Rule{"mlp.fc1_x.", "mlp.w2."},  Rule{"mlp.w1.", "mlp.w1."},         Rule{"mlp.w2.", "mlp.w2."},
    Rule{"mlp.w3.", "mlp.w3."},
};
constexpr std::array Outside{
    Rule{"cls_token", "cls_token"},
    Rule{"reg_token", "reg_token"},
    Rule{"storage_tokens", "reg_token"},
    Rule{"patch_embed.proj.", "patch_embed.proj."},
    Rule{"rope_embed.periods", ""},
    Rule{"local_cls_norm.", ""},
    Rule{"norm.", "norm."},
    Rule{"fc_norm.", "fc_norm."},
    Rule{"head.", "head."},
    Rule{"linear_head.", "head."},
};
// clang-format on

/// The gate's half of a SwiGLU, and the other, by the names that stack them.
void gatedHuggingFace(const NameTable&, TensorMap& map)
{
    if (!map.has("blocks.0.mlp.gate.weight"))
        return;
    renameAll(map, ".mlp.fc1.", ".mlp.w2.");
    renameAll(map, ".mlp.gate.", ".mlp.w1.");
    renameAll(map, ".mlp.fc2.", ".mlp.w3.");
}

/// The authors' files hold a bias of k, too, which a mask of NaN takes out: it is never added.
void keyWithoutBias(const NameTable& table, TensorMap& map)
{
    map.source = table.find("storage_tokens") ? "DINOv3" : "timm DINOv3";
    if (!table.find("blocks.0.attn.qkv.bias_mask"))
        return;
    for (auto& [name, recipe] : map.tensors) {
        if (name.ends_with(".attn.qkv.bias") && recipe.shape.size() == 1)
            recipe = changedRecipe(recipe, recipe.shape, [](const NdArray& from) {
                std::vector<float> values(from.values().begin(), from.values().end());
                const auto third = static_cast<std::ptrdiff_t>(values.size() / 3);
                std::fill(values.begin() + third, values.begin() + 2 * third, 0.0F);
                return NdArray(from.shape(), std::move(values));
            });
    }
}

/// Of all published sizes; H+ has other heads than another ViT of its width.
int publishedHeads(int width)
{
    constexpr std::array<std::pair<int, int>, 5> Published{{{384, 6}, {768, 12}, {1024, 16}, {1280, 20}, {4096, 32}}};
    const auto found = std::ranges::find(Published, width, &std::pair<int, int>::first);
    return found == Published.end() ? 0 : found->second;
}

void facts(ModelSpec& spec, const FamilyFacts& facts, FamilySays& told)
{
    spec.layerNormEpsilon = 1e-5;
    spec.activation = Activation::Gelu;
    spec.learnedPositions = false;
    spec.rotary = {.kind = Rotary::Kind::Relative, .base = facts.config.rotaryBase.value_or(100)};
    spec.heads = publishedHeads(spec.width);
    told.pool = spec.source == "Hugging Face DINOv3";
    if (spec.source != "timm DINOv3" || !facts.map.has("head.weight"))
        return;
    spec.pool = Pool::Mean;  // timm's default; its authors read CLS
    if (!facts.config.pool && !facts.said.pool)
        told.guesses.emplace_back("a head on the mean of the patches (--pool)");
}

std::optional<Preprocessing> recipe(const ModelSpec& spec, const ConfigFacts&)
{
    if (spec.source == "Hugging Face DINOv3")
        return squashRecipe(Interpolation::Bilinear, ImageNetMean, ImageNetDeviation);
    return cropRecipe(1.0, ImageNetMean, ImageNetDeviation);
}

}  // namespace

extern const Family dinov3HuggingFace{
    .source = "Hugging Face DINOv3",
    .kind = "DINOv3",
    .anchor = "embeddings.patch_embeddings.weight",
    .recognise =
        [](const Below& names) {
            return names.has("embeddings.register_tokens")
                   && (names.has("layer.0.attention.q_proj.weight") || names.has("model.layer.0.attention.q_proj.weight"));
        },
    .names = {HuggingFaceBlocks, HuggingFaceInBlock, HuggingFaceOutside},
    .tensors = gatedHuggingFace,
    .facts = facts,
    .recipe = recipe,
    .leavesOutEmpty = true,  // no registers are [1, 0, D]
};

extern const Family dinov3{
    .source = "DINOv3",
    .kind = "DINOv3",
    .anchor = "patch_embed.proj.weight",
    .recognise =
        [](const Below& names) {
            const bool scaled = names.has("blocks.0.gamma_1") || names.has("blocks.0.ls1.gamma");
            return !names.has("pos_embed") && names.has("cls_token") && (names.has("reg_token") || names.has("storage_tokens"))
                   && scaled && names.has("blocks.0.attn.qkv.weight");
        },
    .names = {Blocks, InBlock, Outside},
    .tensors = keyWithoutBias,
    .facts = facts,
    .recipe = recipe,
};

}  // namespace vitrine::family
