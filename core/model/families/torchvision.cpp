// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/families/families.h"

namespace vitrine::family {

namespace {

// clang-format off: two columns of names are easier to compare
constexpr std::array<std::string_view, 1> TorchvisionBlocks{"encoder.layers.encoder_layer_"};
constexpr std::array TorchvisionInBlock{
    Rule{"ln_1.", "norm1."},
    Rule{"ln_2.", "norm2."},
    Rule{"self_attention.in_proj_weight", "attn.qkv.weight"},
    Rule{"self_attention.in_proj_bias", "attn.qkv.bias"},
    Rule{"self_attention.out_proj.", "attn.proj."},
    Rule{"mlp.0.", "mlp.fc1."},
    Rule{"mlp.linear_1.", "mlp.fc1."},
    Rule{"mlp.3.", "mlp.fc2."},
    Rule{"mlp.linear_2.", "mlp.fc2."},
};
constexpr std::array TorchvisionOutside{
    Rule{"class_token", "cls_token"}, Rule{"encoder.pos_embedding", "pos_embed"}, Rule{"conv_proj.", "patch_embed.proj."},
    Rule{"encoder.ln.", "norm."},     Rule{"heads.pre_logits.", "pre_logits."},   Rule{"heads.head.", "head."},
};
// clang-format on

void facts(ModelSpec& spec, const FamilyFacts&, FamilySays& told)
{
    told.pool = true;
    spec.positionResampling = PositionResampling::BicubicAlignCorners;
}

/// V1 weights use bilinear and 256 (ViT-L/16: 242) to 224; SWAG's (384 and more) bicubic without a crop.
std::optional<Preprocessing> recipe(const ModelSpec& spec, const ConfigFacts&)
{
    Preprocessing recipe = cropRecipe(1.0, ImageNetMean, ImageNetDeviation);
    if (spec.imageHeight != 224 || spec.imageWidth != 224)
        return recipe;
    recipe.interpolation = Interpolation::Bilinear;
    recipe.resizeShorter = spec.width == 1024 && spec.patchHeight == 16 ? 242 : 256;
    return recipe;
}

}  // namespace

extern const Family vitTorchvision{
    .source = "torchvision",
    .kind = "torchvision ViT",
    .anchor = "conv_proj.weight",
    .names = {TorchvisionBlocks, TorchvisionInBlock, TorchvisionOutside},
    .facts = facts,
    .recipe = recipe,
};

}  // namespace vitrine::family
