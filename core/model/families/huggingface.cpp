// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/families/families.h"

namespace vitrine::family {

namespace {

// clang-format off: two columns of names are easier to compare
// The names of transformers 4 and those of transformers 5 side by side.
constexpr std::array<std::string_view, 2> HuggingFaceBlocks{"encoder.layer.", "layers."};
constexpr std::array HuggingFaceInBlock{
    Rule{"attention.attention.query.", "attn.q."},
    Rule{"attention.q_proj.", "attn.q."},
    Rule{"attention.attention.key.", "attn.k."},
    Rule{"attention.k_proj.", "attn.k."},
    Rule{"attention.attention.value.", "attn.v."},
    Rule{"attention.v_proj.", "attn.v."},
    Rule{"attention.output.dense.", "attn.proj."},
    Rule{"attention.o_proj.", "attn.proj."},
    Rule{"layernorm_before.", "norm1."},
    Rule{"norm1.", "norm1."},
    Rule{"layernorm_after.", "norm2."},
    Rule{"norm2.", "norm2."},
    Rule{"intermediate.dense.", "mlp.fc1."},
    Rule{"mlp.fc1.", "mlp.fc1."},
    Rule{"output.dense.", "mlp.fc2."},
    Rule{"mlp.fc2.", "mlp.fc2."},
    Rule{"mlp.weights_in.", "mlp.w12."},
    Rule{"mlp.weights_out.", "mlp.w3."},
    Rule{"mlp.gate_proj.", "mlp.w1."},
    Rule{"mlp.up_proj.", "mlp.w2."},
    Rule{"mlp.down_proj.", "mlp.w3."},
    Rule{"layer_scale1.lambda1", "ls1.gamma"},
    Rule{"layer_scale2.lambda1", "ls2.gamma"},
};
constexpr std::array HuggingFaceOutside{
    Rule{"embeddings.cls_token", "cls_token"},
    Rule{"embeddings.distillation_token", "dist_token"},
    Rule{"embeddings.register_tokens", "reg_token"},
    Rule{"embeddings.position_embeddings", "pos_embed"},
    Rule{"embeddings.patch_embeddings.projection.", "patch_embed.proj."},
    Rule{"layernorm.", "norm."},
    Rule{"classifier.", "head."},
    Rule{"cls_classifier.", "head."},
    Rule{"distillation_classifier.", "head_dist."},
    Rule{"pooler.dense.", ""},
};
// clang-format on

bool isOfDecoder(std::string_view name)
{
    return name.starts_with("decoder.") || name.find(".decoder.") != std::string_view::npos;
}

void source(const NameTable& table, TensorMap& map)
{
    if (std::ranges::any_of(table.beside, [](const auto& item) { return isOfDecoder(item.first); })) {
        map.source = "Hugging Face MAE";
        map.notes.push_back({Severity::Information,
                             "Its decoder, which paints hidden patches, was left out: the encoder sees the whole picture."});
        return;
    }
    if (map.has("blocks.0.ls1.gamma"))
        map.source = map.has("reg_token") ? "Hugging Face Dinov2 with registers" : "Hugging Face Dinov2";
    else
        map.source = map.has("dist_token") ? "Hugging Face DeiT" : "Hugging Face ViT";
}

bool isDinov2(const ModelSpec& spec)
{
    return spec.source.starts_with("Hugging Face Dinov2");
}

void facts(ModelSpec& spec, const FamilyFacts& facts, FamilySays& told)
{
    told.numerics = false;
    told.pool = true;
    spec.layerNormEpsilon = isDinov2(spec) ? 1e-6 : 1e-12;
    if (spec.registers == 0)
        spec.positionResampling = PositionResampling::Bicubic;
    if (isDinov2(spec) && spec.registers == 0 && facts.config.modelType.empty())
        told.guesses.emplace_back("attention over the whole picture (RF-DETR's encoder has the same tensors, and windows)");
}

std::optional<Preprocessing> recipe(const ModelSpec& spec, const ConfigFacts& config)
{
    if (spec.source == "Hugging Face MAE" || config.modelType == "vit_mae")
        return squashRecipe(Interpolation::Bicubic, ImageNetMean, ImageNetDeviation);
    if (isDinov2(spec))
        return cropRecipe(0.875, ImageNetMean, ImageNetDeviation);
    if (spec.source == "Hugging Face ViT")
        return squashRecipe(Interpolation::Bilinear, HalfMean, HalfMean);
    Preprocessing deit = squashRecipe(Interpolation::Bicubic, HalfMean, HalfMean);
    deit.resizeShorter = 256;
    return deit;
}

/// DeiT's first checkpoints without distillation are kept as ViTs.
void doubtConfigurationOfDeit(ModelSpec& spec, TensorMap&, const ConfigFacts&)
{
    if (spec.source == "Hugging Face ViT" && spec.name.find("deit") != std::string::npos
        && spec.preprocessing.mean != ImageNetMean)
        spec.assume(Severity::Doubtful,
                    "DeiT was trained with ImageNet's mean and deviation and a crop; its configuration says "
                    "otherwise. --mean and --std set others.");
}

}  // namespace

Dialect huggingFaceNames()
{
    return {HuggingFaceBlocks, HuggingFaceInBlock, HuggingFaceOutside};
}

extern const Family vitHuggingFace{
    .source = "Hugging Face ViT",
    .kind = "Hugging Face ViT",
    .anchor = "embeddings.patch_embeddings.projection.weight",
    .names = huggingFaceNames(),
    .tensors = source,
    .facts = facts,
    .recipe = recipe,
    .sized = doubtConfigurationOfDeit,
    .leavesOutEmpty = true,  // no registers are [1, 0, D]
    .blocksOutside = true,
};

}  // namespace vitrine::family
