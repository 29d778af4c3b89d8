// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/families/families.h"

namespace vitrine::family {

namespace {

// clang-format off: two columns of names are easier to compare
// The second is AltCLIP's, as transformers 5 saves it.
constexpr std::array<std::string_view, 2> HuggingFaceBlocks{"encoder.layers.", "encoder.layer."};
constexpr std::array HuggingFaceInBlock{
    Rule{"layer_norm1.", "norm1."},       Rule{"layer_norm2.", "norm2."},       Rule{"self_attn.q_proj.", "attn.q."},
    Rule{"self_attn.k_proj.", "attn.k."}, Rule{"self_attn.v_proj.", "attn.v."}, Rule{"self_attn.out_proj.", "attn.proj."},
    Rule{"mlp.fc1.", "mlp.fc1."},         Rule{"mlp.fc2.", "mlp.fc2."},
};
constexpr std::array HuggingFaceOutside{
    Rule{"embeddings.class_embedding", "cls_token"},
    Rule{"embeddings.patch_embedding.", "patch_embed.proj."},
    Rule{"embeddings.position_embedding.", "pos_embed."},
    Rule{"pre_layrnorm.", "norm_pre."},
    Rule{"post_layernorm.", "norm."},
};

constexpr std::array<std::string_view, 1> OpenBlocks{"transformer.resblocks."};
constexpr std::array OpenInBlock{
    Rule{"ln_1.", "norm1."},
    Rule{"ln_2.", "norm2."},
    Rule{"attn.in_proj_weight", "attn.qkv.weight"},
    Rule{"attn.in_proj_bias", "attn.qkv.bias"},
    Rule{"attn.out_proj.", "attn.proj."},
    Rule{"mlp.c_fc.", "mlp.fc1."},
    Rule{"mlp.c_proj.", "mlp.fc2."},
    Rule{"ls_1.gamma", "ls1.gamma"},
    Rule{"ls_2.gamma", "ls2.gamma"},
};
constexpr std::array OpenOutside{
    Rule{"class_embedding", "cls_token"},
    Rule{"positional_embedding", "pos_embed"},
    Rule{"conv1.", "patch_embed.proj."},
    Rule{"ln_pre.", "norm_pre."},
    Rule{"ln_post.", "norm."},
    Rule{"proj", "embedding.proj"},
    Rule{"attn_pool.probe", "attn_pool.latent"},
    Rule{"attn_pool.attn.in_proj_weight", "attn_pool.qkv.weight"},
    Rule{"attn_pool.attn.in_proj_bias", "attn_pool.qkv.bias"},
    Rule{"attn_pool.attn.out_proj.", "attn_pool.proj."},
    Rule{"attn_pool.layernorm.", "attn_pool.norm."},
    Rule{"attn_pool.mlp.c_fc.", "attn_pool.mlp.fc1."},
    Rule{"attn_pool.mlp.c_proj.", "attn_pool.mlp.fc2."},
};
constexpr std::array<std::string_view, 6> TextHalf{"transformer.resblocks.", "positional_embedding", "attn_mask",
                                                   "input_resolution",       "context_length",       "vocab_size"};
// clang-format on

/// The projection beside the network; of a network that classifies by the mean of its patches (transformers'
/// CLIPForImageClassification) the last norm is never used.
void huggingFaceTensors(const NameTable& table, TensorMap& map)
{
    renameTensor(map, "pos_embed.weight", "pos_embed");
    if (map.has("head.weight")) {
        map.tensors.erase("norm.weight");
        map.tensors.erase("norm.bias");
        return;
    }
    if (const TensorInfo* projection = besideOuter(table, "vision_model.", "visual_projection.weight"))
        map.tensors.insert_or_assign("embedding.weight", reshapedRecipe(*projection, projection->shape));
}

/// Files that went through the authors' own program hold three counters.
void openTensors(const NameTable& table, TensorMap& map)
{
    transposeProjection(map);
    const bool original = std::ranges::any_of(table.known,
                                              [](const auto& item) { return item.first.ends_with("input_resolution"); });
    map.source = original ? "OpenAI CLIP" : "open_clip";
}

void clipFacts(ModelSpec& spec, const FamilyFacts& facts, FamilySays& told)
{
    spec.layerNormEpsilon = 1e-5;
    spec.positionResampling = spec.source == "Hugging Face CLIP" ? PositionResampling::Bicubic
                                                                 : PositionResampling::BicubicAntialias;
    if (facts.map.has("head.weight"))
        spec.pool = Pool::Mean;
    else
        spec.embedding = embeddingWidth(spec, facts.map);
    // LAION's networks have the exact GELU. In Hugging Face's names both kinds are about as frequent.
    spec.activation = spec.source == "open_clip" ? Activation::Gelu : Activation::QuickGelu;
    if (spec.source != "OpenAI CLIP" && !facts.config.activation && !facts.said.activation)
        told.guesses.emplace_back(spec.activation == Activation::Gelu
                                      ? "exact GELU, as LAION's networks (OpenAI's have quick_gelu: --activation)"
                                      : "QuickGELU, as OpenAI's networks (LAION's have gelu: --activation)");
}

std::optional<Preprocessing> clipRecipe(const ModelSpec&, const ConfigFacts&)
{
    return cropRecipe(1.0, ClipMean, ClipDeviation);
}

}  // namespace

Dialect openNames()
{
    return {OpenBlocks, OpenInBlock, OpenOutside};
}

std::span<const std::string_view> openTextHalf()
{
    return TextHalf;
}

void transposeProjection(TensorMap& map)
{
    if (map.has("embedding.proj"))
        map.tensors.insert_or_assign("embedding.weight", transposedRecipe(map.tensors.extract("embedding.proj").mapped()));
}

extern const Family clipHuggingFace{
    .source = "Hugging Face CLIP",
    .kind = "CLIP image network",
    .anchor = "embeddings.patch_embedding.weight",
    .recognise = [](const Below& names) { return names.has("embeddings.class_embedding") && names.has("pre_layrnorm.weight"); },
    .names = {HuggingFaceBlocks, HuggingFaceInBlock, HuggingFaceOutside},
    .tensors = huggingFaceTensors,
    .facts = clipFacts,
    .recipe = clipRecipe,
};

// A Perception Encoder has the same names and rotary positions: it pools by attention, or has no norm behind the blocks.
extern const Family clipOpen{
    .source = "open_clip",
    .kind = "CLIP image network",
    .anchor = "conv1.weight",
    .recognise =
        [](const Below& names) {
            return names.has("class_embedding") && names.has("ln_pre.weight") && names.has("ln_post.weight")
                   && names.has("transformer.resblocks.0.attn.in_proj_weight") && !names.has("attn_pool.probe");
        },
    .names = openNames(),
    .beside = TextHalf,
    .tensors = openTensors,
    .facts = clipFacts,
    .recipe = clipRecipe,
};

}  // namespace vitrine::family
