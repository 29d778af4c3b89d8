// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/families/families.h"

namespace vitrine::family {

namespace {

// clang-format off: two columns of names are easier to compare
// MONAI's ViT over pictures; the cross-attention norm of its blocks belongs to decoders and is never called in a ViT.
constexpr std::array<std::string_view, 1> Blocks{"blocks."};
constexpr std::array MonaiInBlock{
    Rule{"norm1.", "norm1."},         Rule{"norm2.", "norm2."},
    Rule{"attn.qkv.", "attn.qkv."},   Rule{"attn.out_proj.", "attn.proj."},
    Rule{"mlp.linear1.", "mlp.fc1."}, Rule{"mlp.linear2.", "mlp.fc2."},
    Rule{"norm_cross_attn.", ""},
};
constexpr std::array MonaiOutside{
    Rule{"cls_token", "cls_token"},
    Rule{"patch_embedding.cls_token", "cls_token"},
    Rule{"patch_embedding.position_embeddings", "pos_embed"},
    Rule{"patch_embedding.patch_embeddings.", "patch_embed.proj."},
    Rule{"patch_embedding.patch_embeddings.1.", "patch_embed.1."},
    Rule{"norm.", "norm."},
};
// clang-format on

void facts(ModelSpec& spec, const FamilyFacts&, FamilySays& told)
{
    told.patchesAlone = true;
    spec.layerNormEpsilon = 1e-5;
}

}  // namespace

extern const Family vitMonai{
    .source = "MONAI",
    .kind = "MONAI ViT",
    .anchor = "patch_embedding.patch_embeddings.weight",
    .names = {Blocks, MonaiInBlock, MonaiOutside},
    .facts = facts,
    .headEndsInTanh = true,
};

extern const Family vitMonaiPerceptron{
    .source = "MONAI",
    .kind = "MONAI ViT",
    .anchor = "patch_embedding.patch_embeddings.1.weight",
    .names = {Blocks, MonaiInBlock, MonaiOutside},
    .facts = facts,
    .headEndsInTanh = true,
};

}  // namespace vitrine::family
