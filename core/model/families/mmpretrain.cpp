// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/families/families.h"

namespace vitrine::family {

namespace {

// clang-format off: two columns of names are easier to compare
// OpenMMLab's mmpretrain (mmcls before): VisionTransformer, DeiT, DeiT-III, and its copy of timm's first TNT.
constexpr std::array<std::string_view, 1> MmpretrainBlocks{"layers."};
constexpr std::array MmpretrainInBlock{
    Rule{"ln1.", "norm1."},
    Rule{"ln2.", "norm2."},
    Rule{"norm1.", "norm1."},
    Rule{"norm2.", "norm2."},
    Rule{"attn.qkv.", "attn.qkv."},
    Rule{"attn.proj.", "attn.proj."},
    Rule{"ffn.layers.0.0.", "mlp.fc1."},
    Rule{"ffn.layers.1.", "mlp.fc2."},
    Rule{"ffn.w12.", "mlp.w12."},
    Rule{"ffn.w3.", "mlp.w3."},
    Rule{"attn.gamma1.weight", "ls1.gamma"},
    Rule{"ffn.gamma2.weight", "ls2.gamma"},
};
constexpr std::array MmpretrainOutside{
    Rule{"cls_token", "cls_token"},
    Rule{"dist_token", "dist_token"},
    Rule{"pos_embed", "pos_embed"},
    Rule{"patch_embed.projection.", "patch_embed.proj."},
    Rule{"pre_norm.", "norm_pre."},
    Rule{"ln1.", "norm."},
    Rule{"norm1.", "norm."},
    Rule{"ln2.", "fc_norm."},
    Rule{"head.layers.pre_logits.", "pre_logits."},
    Rule{"head.layers.head.", "head."},
    Rule{"head.layers.head_dist.", "head_dist."},
    Rule{"head.fc.", "head."},
};
constexpr std::array MmpretrainTntInBlock{
    Rule{"inner_block.norm_attn.", "norm_in."},
    Rule{"inner_block.attn.attn.in_proj_weight", "attn_in.qkv.weight"},
    Rule{"inner_block.attn.attn.in_proj_bias", "attn_in.qkv.bias"},
    Rule{"inner_block.attn.attn.out_proj.", "attn_in.proj."},
    Rule{"inner_block.norm_ffn.", "norm_mlp_in."},
    Rule{"inner_block.ffn.layers.0.0.", "mlp_in.fc1."},
    Rule{"inner_block.ffn.layers.1.", "mlp_in.fc2."},
    Rule{"norm_proj.", "norm1_proj."},
    Rule{"projection.", "proj."},
    Rule{"outer_block.norm_attn.", "norm_out."},
    Rule{"outer_block.attn.attn.in_proj_weight", "attn_out.qkv.weight"},
    Rule{"outer_block.attn.attn.in_proj_bias", "attn_out.qkv.bias"},
    Rule{"outer_block.attn.attn.out_proj.", "attn_out.proj."},
    Rule{"outer_block.norm_ffn.", "norm_mlp."},
    Rule{"outer_block.ffn.layers.0.0.", "mlp.fc1."},
    Rule{"outer_block.ffn.layers.1.", "mlp.fc2."},
};
constexpr std::array MmpretrainTntOutside{
    Rule{"cls_token", "cls_token"},     Rule{"patch_pos", "patch_pos"},
    Rule{"pixel_pos", "pixel_pos"},     Rule{"pixel_embed.proj.", "pixel_embed.proj."},
    Rule{"norm1_proj.", "norm1_proj."}, Rule{"projection.", "proj."},
    Rule{"norm2_proj.", "norm2_proj."}, Rule{"norm.", "norm."},
    Rule{"head.fc.", "head."},
};
// clang-format on

void vitFacts(ModelSpec& spec, const FamilyFacts&, FamilySays& told)
{
    told.numerics = false;
    if (spec.preNorm)
        spec.layerNormEpsilon = 1e-5;
    spec.positionResampling = PositionResampling::Bicubic;
}

std::optional<Preprocessing> recipe(const ModelSpec& spec, const ConfigFacts&)
{
    return spec.preNorm ? std::optional(cropRecipe(1.0, ClipMean, ClipDeviation)) : std::nullopt;
}

}  // namespace

extern const Family vitMmpretrain{
    .source = "mmpretrain",
    .kind = "mmpretrain ViT",
    .anchor = "patch_embed.projection.weight",
    .names = {MmpretrainBlocks, MmpretrainInBlock, MmpretrainOutside},
    .facts = vitFacts,
    .recipe = recipe,
};

extern const Family tntMmpretrain{
    .source = "mmpretrain",
    .kind = "mmpretrain TNT",
    .anchor = "pixel_embed.proj.weight",
    .recognise = [](const Below& names) { return names.has("layers.0.inner_block.norm_attn.weight"); },
    .names = {MmpretrainBlocks, MmpretrainTntInBlock, MmpretrainTntOutside},
    .facts = tntFacts,
};

}  // namespace vitrine::family
