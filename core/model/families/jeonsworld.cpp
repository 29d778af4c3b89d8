// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/families/families.h"

namespace vitrine::family {

namespace {

// clang-format off: two columns of names are easier to compare
// jeonsworld's ViT-pytorch
constexpr std::array<std::string_view, 1> JeonsworldBlocks{"encoder.layer."};
constexpr std::array JeonsworldInBlock{
    Rule{"attention_norm.", "norm1."}, Rule{"ffn_norm.", "norm2."},    Rule{"attn.query.", "attn.q."},
    Rule{"attn.key.", "attn.k."},      Rule{"attn.value.", "attn.v."}, Rule{"attn.out.", "attn.proj."},
    Rule{"ffn.fc1.", "mlp.fc1."},      Rule{"ffn.fc2.", "mlp.fc2."},
};
constexpr std::array JeonsworldOutside{
    Rule{"embeddings.cls_token", "cls_token"},
    Rule{"embeddings.position_embeddings", "pos_embed"},
    Rule{"embeddings.patch_embeddings.", "patch_embed.proj."},
    Rule{"encoder.encoder_norm.", "norm."},
};
// clang-format on

void facts(ModelSpec& spec, const FamilyFacts&, FamilySays& told)
{
    told.pool = true;
    spec.positionResampling = PositionResampling::Bilinear;
}

}  // namespace

extern const Family vitJeonsworld{
    .source = "jeonsworld",
    .kind = "jeonsworld ViT",
    .anchor = "embeddings.patch_embeddings.weight",
    .recognise = [](const Below& names) { return names.has("encoder.layer.0.attention_norm.weight"); },
    .names = {JeonsworldBlocks, JeonsworldInBlock, JeonsworldOutside},
    .facts = facts,
};

}  // namespace vitrine::family
