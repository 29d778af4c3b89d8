// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/families/families.h"

namespace vitrine::family {

namespace {

// clang-format off: two columns of names are easier to compare
constexpr std::array<std::string_view, 1> TimmBlocks{"blocks."};
constexpr std::array TimmInBlock{
    Rule{"norm1.", "norm1."},
    Rule{"norm2.", "norm2."},
    Rule{"attn.qkv.", "attn.qkv."},
    Rule{"attn.q_bias", "attn.q.bias"},
    Rule{"attn.v_bias", "attn.v.bias"},
    Rule{"attn.k_bias", ""},
    Rule{"attn.q_proj.", "attn.q."},
    Rule{"attn.k_proj.", "attn.k."},
    Rule{"attn.v_proj.", "attn.v."},
    Rule{"attn.proj.", "attn.proj."},
    Rule{"attn.q_norm.", "attn.q_norm."},
    Rule{"attn.k_norm.", "attn.k_norm."},
    Rule{"mlp.fc1_g.", "mlp.w1."},
    Rule{"mlp.fc1_x.", "mlp.w2."},
    Rule{"mlp.fc1.", "mlp.fc1."},
    Rule{"mlp.fc2.", "mlp.fc2."},
    Rule{"mlp.w12.", "mlp.w12."},
    Rule{"mlp.w3.", "mlp.w3."},
    Rule{"ls1.gamma", "ls1.gamma"},
    Rule{"ls2.gamma", "ls2.gamma"},
    Rule{"gamma_1", "ls1.gamma"},
    Rule{"gamma_2", "ls2.gamma"},
    Rule{"attn.norm.", "attn.norm."},
    Rule{"mlp.norm.", "mlp.norm."},
};
constexpr std::array TimmOutside{
    Rule{"cls_token", "cls_token"},
    Rule{"dist_token", "dist_token"},
    Rule{"reg_token", "reg_token"},
    Rule{"register_tokens", "reg_token"},
    Rule{"pos_embed", "pos_embed"},
    Rule{"patch_embed.proj.", "patch_embed.proj."},
    Rule{"patch_embed.norm.", "patch_embed.norm_out."},
    Rule{"norm_pre.", "norm_pre."},
    Rule{"norm.", "norm."},
    Rule{"fc_norm.", "fc_norm."},
    Rule{"pre_logits.fc.", "pre_logits."},
    Rule{"head.", "head."},
    Rule{"linear_head.", "head."},
    Rule{"head_dist.", "head_dist."},
    Rule{"attn_pool.latent", "attn_pool.latent"},
    Rule{"attn_pool.q.", "attn_pool.q."},
    Rule{"attn_pool.kv.", "attn_pool.kv."},
    Rule{"attn_pool.proj.", "attn_pool.proj."},
    Rule{"attn_pool.norm.", "attn_pool.norm."},
    Rule{"attn_pool.mlp.fc1.", "attn_pool.mlp.fc1."},
    Rule{"attn_pool.mlp.fc2.", "attn_pool.mlp.fc2."},
    Rule{"rope.freqs", "rope.freqs"},
};

constexpr std::array TntInBlock{
    Rule{"norm_in.", "norm_in."},
    Rule{"norm_mlp_in.", "norm_mlp_in."},
    Rule{"attn_in.qk.", "attn_in.qk."},
    Rule{"attn_in.v.", "attn_in.v."},
    Rule{"attn_in.proj.", "attn_in.proj."},
    Rule{"mlp_in.fc1.", "mlp_in.fc1."},
    Rule{"mlp_in.fc2.", "mlp_in.fc2."},
    Rule{"norm1_proj.", "norm1_proj."},
    Rule{"proj.", "proj."},
    Rule{"norm2_proj.", "norm2_proj."},
    Rule{"norm_out.", "norm_out."},
    Rule{"attn_out.qk.", "attn_out.qk."},
    Rule{"attn_out.v.", "attn_out.v."},
    Rule{"attn_out.proj.", "attn_out.proj."},
    Rule{"norm_mlp.", "norm_mlp."},
    Rule{"mlp.fc1.", "mlp.fc1."},
    Rule{"mlp.fc2.", "mlp.fc2."},
};
constexpr std::array TntOutside{
    Rule{"cls_token", "cls_token"},
    Rule{"patch_pos", "patch_pos"},
    Rule{"pixel_pos", "pixel_pos"},
    Rule{"pixel_embed.proj.", "pixel_embed.proj."},
    Rule{"norm1_proj.", "norm1_proj."},
    Rule{"proj.", "proj."},
    Rule{"norm2_proj.", "norm2_proj."},
    Rule{"norm.", "norm."},
    Rule{"head.", "head."},
};

constexpr std::array HuaweiInBlock{
    Rule{"inner_norm1.", "norm_in."},
    Rule{"inner_attn.qk.", "attn_in.qk."},
    Rule{"inner_attn.v.", "attn_in.v."},
    Rule{"inner_attn.proj.", "attn_in.proj."},
    Rule{"inner_norm2.", "norm_mlp_in."},
    Rule{"inner_mlp.fc1.", "mlp_in.fc1."},
    Rule{"inner_mlp.fc2.", "mlp_in.fc2."},
    Rule{"proj_norm1.", "norm1_proj."},
    Rule{"proj.", "proj."},
    Rule{"proj_norm2.", "norm2_proj."},
    Rule{"outer_norm1.", "norm_out."},
    Rule{"outer_attn.qk.", "attn_out.qk."},
    Rule{"outer_attn.v.", "attn_out.v."},
    Rule{"outer_attn.proj.", "attn_out.proj."},
    Rule{"outer_norm2.", "norm_mlp."},
    Rule{"outer_mlp.fc1.", "mlp.fc1."},
    Rule{"outer_mlp.fc2.", "mlp.fc2."},
};
constexpr std::array HuaweiOutside{
    Rule{"cls_token", "cls_token"},
    Rule{"outer_pos", "patch_pos"},
    Rule{"inner_pos", "pixel_pos"},
    Rule{"patch_embed.proj.", "pixel_embed.proj."},
    Rule{"proj_norm1.", "norm1_proj."},
    Rule{"proj.", "proj."},
    Rule{"proj_norm2.", "norm2_proj."},
    Rule{"norm.", "norm."},
    Rule{"head.", "head."},
    Rule{"outer_tokens", ""},
};
// clang-format on

/// Nothing but the tensors says which network it is.
bool isBare(const ConfigFacts& config)
{
    return config.architecture.empty() && config.modelType.empty();
}

/// MAE's and DINO's authors have timm's names, too.
void vitSource(const NameTable& table, TensorMap& map)
{
    if (table.find("register_tokens") || table.find("mask_token"))
        map.source = table.find("decoder_pos_embed") ? "MAE" : "DINOv2";
    else if (table.prefix.find("target_encoder.") != std::string::npos && !table.find("cls_token"))
        map.source = "I-JEPA";
    else if (table.prefix.find("teacher.") != std::string::npos || table.prefix.find("student.") != std::string::npos)
        map.source = "DINO";
    else
        map.source = "timm";
    if (map.source == "MAE")
        map.notes.push_back({Severity::Information,
                             "Its decoder, which paints hidden patches, was left out: the encoder sees the whole picture."});
}

void vitFacts(ModelSpec& spec, const FamilyFacts& facts, FamilySays& told)
{
    told.numerics = false;
    told.registersHaveRows = spec.source == "timm";
    if (spec.preNorm)
        spec.layerNormEpsilon = 1e-5;
    if (!facts.map.has("patch_embed.proj.bias") && spec.preNorm && isBare(facts.config) && !facts.map.has("head.weight"))
        throw Error(notANetwork("a patch embedding without a bias, a norm before the blocks and no head may be CLIP's, or a "
                                "Perception Encoder's with rotary positions; put its config.json beside it"));
    if (spec.source == "MAE")
        spec.positionResampling = PositionResampling::Bicubic;
    if ((spec.source == "DINOv2" || spec.source == "DINO") && spec.registers == 0) {
        spec.positionResampling = PositionResampling::Bicubic;
        spec.positionOffset = 0.1;
    }
    if (spec.source == "timm" && isBare(facts.config))
        told.guesses.emplace_back("norms before attention and MLP, and no rotary positions");
}

void deit3Facts(ModelSpec& spec, const FamilyFacts& facts, FamilySays& told)
{
    told.numerics = false;
    told.squareIsOfPatches = true;
    if (const std::optional<Rotary> rotary = rotaryOfName(facts.config.architecture))
        spec.rotary = *rotary;
}

/// DeiT III's authors and timm's vit_..._rope_ape have the same tensors; the authors keep theirs below "model.".
void doubtRopeApe(ModelSpec& spec, TensorMap& map, const ConfigFacts& config)
{
    if (spec.positionsCoverPrefix || !isBare(config))
        return;
    const auto scale = map.tensors.find("blocks.0.ls1.gamma");
    if (scale != map.tensors.end() && !scale->second.sources.front().starts_with("model."))
        throw Error(notANetwork("a layer scale and positions for the patches alone may be DeiT III's, or those of timm's "
                                "vit_..._rope_ape, which has rotary positions, too; put its config.json beside it"));
    spec.assume(Severity::Doubtful,
                "It was taken for a DeiT III; a ViT with rotary positions (timm's vit_..._rope_ape) has the same tensors.");
}

std::optional<Preprocessing> recipe(const ModelSpec& spec, const ConfigFacts&)
{
    const double crop = std::min(spec.imageHeight, spec.imageWidth) >= 384 ? 1.0 : 0.9;
    if (spec.source == "MAE" || spec.source == "I-JEPA")
        return cropRecipe(0.9, ImageNetMean, ImageNetDeviation);
    if (spec.source == "DINOv2")
        return cropRecipe(0.875, ImageNetMean, ImageNetDeviation);
    if (spec.preNorm)
        return cropRecipe(1.0, ClipMean, ClipDeviation);
    if (spec.source == "DeiT III" || spec.source == "DINO")
        return cropRecipe(crop, ImageNetMean, ImageNetDeviation);
    return std::nullopt;
}

/// What no tensor but the absence of positions, or the kind of its biases, tells.
void refuseInvisible(const NameTable& table)
{
    const auto has = [&](std::string_view name) { return table.find(name) != nullptr; };
    if (!has("pos_embed") && (has("blocks.0.attn.qkv.weight") || has("blocks.0.attn.q_proj.weight"))
        && !has("blocks.0.attn.relative_position_bias_table") && !has("rel_pos_bias.relative_position_bias_table")) {
        if (has("blocks.0.gamma_1"))
            throw Error(notANetwork("it has no learned position embeddings (\"pos_embed\") but a layer scale: it has rotary "
                                    "positions, as DINOv3 and timm's vit_..._rope"));
    }
    const bool partialBias = (has("blocks.0.attn.q_bias") && has("blocks.0.attn.v_bias"))
                             || (has("blocks.0.attn.q_proj.bias") && !has("blocks.0.attn.k_proj.bias"));
    const TensorInfo* first = table.find("blocks.0.mlp.fc1.weight");
    const TensorInfo* second = table.find("blocks.0.mlp.fc2.weight");
    const bool packed = first && second && first->shape.size() == 2 && second->shape.size() == 2
                        && first->shape[0] == 2 * second->shape[1];
    if (partialBias && (packed || has("blocks.0.mlp.fc1_g.weight")))
        throw Error(notANetwork("it is an EVA-02, which has rotary positions (biases for q and v alone, and a gated MLP)"));
    const TensorInfo* patches = table.find("patch_embed.proj.weight");
    if (partialBias && patches && !patches->shape.empty() && patches->shape[0] == 1792)
        throw Error(notANetwork("it is EVA-02's enormous network, which normalises after attention and MLP"));
}

}  // namespace

Dialect timmNames()
{
    return {TimmBlocks, TimmInBlock, TimmOutside};
}

void tntFacts(ModelSpec& spec, const FamilyFacts&, FamilySays& told)
{
    told.numerics = false;
    told.pool = true;
    spec.layerNormEpsilon = 1e-5;
}

extern const Family deit3{
    .source = "DeiT III",
    .kind = "DeiT III",
    .anchor = "patch_embed.proj.weight",
    .recognise = [](const Below& names) { return names.has("blocks.0.gamma_1"); },
    .general = true,
    .names = timmNames(),
    .facts = deit3Facts,
    .recipe = recipe,
    .sized = doubtRopeApe,
    .check = refuseInvisible,
};

extern const Family vitTimm{
    .source = "timm",
    .kind = "timm ViT",
    .anchor = "patch_embed.proj.weight",
    .names = timmNames(),
    .tensors = vitSource,
    .facts = vitFacts,
    .recipe = recipe,
    .check = refuseInvisible,
};

extern const Family tntTimm{
    .source = "timm",
    .kind = "timm TNT",
    .anchor = "pixel_embed.proj.weight",
    .names = {TimmBlocks, TntInBlock, TntOutside},
    .facts = tntFacts,
};

extern const Family tntHuawei{
    .source = "Huawei TNT",
    .kind = "Huawei TNT",
    .anchor = "patch_embed.proj.weight",
    .recognise = [](const Below& names) { return names.has("inner_pos") || names.has("outer_pos"); },
    .names = {TimmBlocks, HuaweiInBlock, HuaweiOutside},
    .facts = tntFacts,
};

}  // namespace vitrine::family
