// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/families/families.h"

namespace vitrine::family {

namespace {

// clang-format off: two columns of names are easier to compare
constexpr std::array<std::string_view, 1> Blocks{"encoder.layers."};
constexpr std::array InBlock{
    Rule{"layer_norm1.", "norm1."},      Rule{"layer_norm2.", "norm2."},
    Rule{"self_attn.qkv.", "attn.qkv."}, Rule{"self_attn.projection.", "attn.proj."},
    Rule{"mlp.fc1.", "mlp.fc1."},        Rule{"mlp.fc2.", "mlp.fc2."},
};
constexpr std::array Outside{
    Rule{"embeddings.class_embedding", "cls_token"},
    Rule{"embeddings.patch_embedding.", "patch_embed.proj."},
    Rule{"embeddings.position_embedding", "pos_embed"},
    Rule{"post_layernorm.", "norm."},
};
// clang-format on

/// What reads the picture's tokens, and the texts.
constexpr std::array<std::string_view, 11> Beside{"text_model.",         "text_encoder.",   "text_decoder.", "text_proj",
                                                  "vision_proj",         "itm_head.",       "query_tokens",  "qformer.",
                                                  "language_projection", "language_model.", "embeddings."};

/// BLIP-2 and InstructBLIP look at the tokens through a query network; their encoders are EVA's giant, 1408 wide.
constexpr int WidthOf2 = 1408;

/// Where it is compared with texts, CLS is projected; BLIP-2's queries are instead, which are no part of the encoder.
void tensors(const NameTable& table, TensorMap& map)
{
    for (const std::string kind : {".weight", ".bias"}) {
        if (const TensorInfo* projection = besideOuter(table, "vision_model.", "vision_proj" + kind))
            map.tensors.insert_or_assign("embedding" + kind, reshapedRecipe(*projection, projection->shape));
    }
}

void facts(ModelSpec& spec, const FamilyFacts& facts, FamilySays&)
{
    spec.layerNormEpsilon = spec.width == WidthOf2 ? 1e-6 : 1e-5;
    spec.positionResampling = PositionResampling::Bicubic;
    if (facts.map.has("embedding.weight"))
        spec.embedding = embeddingWidth(spec, facts.map);
}

}  // namespace

extern const Family blipHuggingFace{
    .source = "Hugging Face BLIP",
    .kind = "BLIP image network",
    .anchor = "embeddings.patch_embedding.weight",
    .recognise =
        [](const Below& names) {
            return names.has("embeddings.class_embedding") && names.has("encoder.layers.0.self_attn.qkv.weight");
        },
    .names = {Blocks, InBlock, Outside},
    .beside = Beside,
    .tensors = tensors,
    .facts = facts,
    .recipe = [](const ModelSpec&, const ConfigFacts&) -> std::optional<Preprocessing> {
        return squashRecipe(Interpolation::Bicubic, ClipMean, ClipDeviation);
    },
};

}  // namespace vitrine::family
