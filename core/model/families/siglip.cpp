// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/families/families.h"

namespace vitrine::family {

namespace {

// clang-format off: two columns of names are easier to compare
constexpr std::array<std::string_view, 1> Blocks{"encoder.layers."};
constexpr std::array InBlock{
    Rule{"layer_norm1.", "norm1."},       Rule{"layer_norm2.", "norm2."},       Rule{"self_attn.q_proj.", "attn.q."},
    Rule{"self_attn.k_proj.", "attn.k."}, Rule{"self_attn.v_proj.", "attn.v."}, Rule{"self_attn.out_proj.", "attn.proj."},
    Rule{"mlp.fc1.", "mlp.fc1."},         Rule{"mlp.fc2.", "mlp.fc2."},
};
constexpr std::array Outside{
    Rule{"embeddings.patch_embedding.", "patch_embed.proj."},
    Rule{"embeddings.position_embedding.weight", "pos_embed"},
    Rule{"post_layernorm.", "norm."},
    Rule{"head.probe", "attn_pool.latent"},
    Rule{"head.attention.in_proj_weight", "attn_pool.qkv.weight"},
    Rule{"head.attention.in_proj_bias", "attn_pool.qkv.bias"},
    Rule{"head.attention.out_proj.", "attn_pool.proj."},
    Rule{"head.layernorm.", "attn_pool.norm."},
    Rule{"head.mlp.fc1.", "attn_pool.mlp.fc1."},
    Rule{"head.mlp.fc2.", "attn_pool.mlp.fc2."},
};
// clang-format on

constexpr std::string_view Naflex = "Hugging Face SigLIP 2 NaFlex";

/// A network that classifies takes the mean of its tokens and leaves the query aside.
void tensors(const NameTable&, TensorMap& map)
{
    if (const Shape* patches = map.shape("patch_embed.proj.weight"); patches && patches->size() == 2) {
        map.source = Naflex;
        linearPatches(map);
    }
    if (map.has("head.weight"))
        std::erase_if(map.tensors, [](const auto& item) { return item.first.starts_with("attn_pool."); });
    splitPoolQuery(map);
}

void facts(ModelSpec& spec, const FamilyFacts& facts, FamilySays&)
{
    spec.layerNormEpsilon = 1e-6;
    spec.activation = Activation::GeluTanh;
    spec.positionResampling = PositionResampling::Bicubic;
    if (spec.source == Naflex)
        takeSquareTable(spec, facts.map);
    spec.pool = Pool::Mean;
    if (facts.map.has("attn_pool.latent")) {
        spec.pool = Pool::Attention;
        spec.embedding = spec.width;
    }
}

}  // namespace

extern const Family siglipHuggingFace{
    .source = "Hugging Face SigLIP",
    .kind = "SigLIP image network",
    .anchor = "embeddings.patch_embedding.weight",
    .recognise =
        [](const Below& names) {
            return !names.has("embeddings.class_embedding") && names.has("embeddings.position_embedding.weight")
                   && names.has("encoder.layers.0.layer_norm1.weight");
        },
    .names = {Blocks, InBlock, Outside},
    .tensors = tensors,
    .facts = facts,
    .recipe = [](const ModelSpec& spec, const ConfigFacts&) -> std::optional<Preprocessing> {
        return spec.source == Naflex ? naflexRecipe() : squashRecipe(Interpolation::Bicubic, HalfMean, HalfMean);
    },
};

}  // namespace vitrine::family
