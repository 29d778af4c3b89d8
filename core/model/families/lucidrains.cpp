// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>

#include "core/model/families/families.h"

namespace vitrine::family {

namespace {

// clang-format off: two columns of names are easier to compare
// lucidrains' vit-pytorch: ViT and SimpleViT, today's names and those of before 2023 (PreNorm around "fn").
constexpr std::array<std::string_view, 1> LucidrainsBlocks{"transformer.layers."};
constexpr std::array LucidrainsInBlock{
    Rule{"0.norm.", "norm1."},          Rule{"0.to_qkv.", "attn.qkv."},    Rule{"0.to_out.0.", "attn.proj."},
    Rule{"0.to_out.", "attn.proj."},    Rule{"0.fn.to_qkv.", "attn.qkv."}, Rule{"0.fn.to_out.0.", "attn.proj."},
    Rule{"0.fn.to_out.", "attn.proj."}, Rule{"0.fn.norm.", "norm1."},      Rule{"1.norm.", "norm2."},
    Rule{"1.fn.net.0.", "mlp.fc1."},    Rule{"1.fn.net.3.", "mlp.fc2."},   Rule{"1.fn.net.2.", "mlp.fc2."},
    Rule{"1.net.0.", "norm2."},         Rule{"1.net.1.", "mlp.fc1."},      Rule{"1.net.4.", "mlp.fc2."},
    Rule{"1.net.3.", "mlp.fc2."},
};
constexpr std::array LucidrainsOutside{
    Rule{"cls_token", "cls_token"},
    Rule{"pos_embedding", "pos_embed"},
    Rule{"to_patch_embedding.1.", "patch_embed.1."},
    Rule{"to_patch_embedding.2.", "patch_embed.2."},
    Rule{"to_patch_embedding.3.", "patch_embed.3."},
    Rule{"transformer.norm.", "norm."},
};

// lucidrains' transformer-in-transformer
constexpr std::array<std::string_view, 1> LucidrainsTntBlocks{"layers."};
constexpr std::array LucidrainsTntInBlock{
    Rule{"0.norm.", "norm_in."},
    Rule{"0.fn.to_qkv.", "attn_in.qkv."},
    Rule{"0.fn.to_out.0.", "attn_in.proj."},
    Rule{"1.norm.", "norm_mlp_in."},
    Rule{"1.fn.net.0.", "mlp_in.fc1."},
    Rule{"1.fn.net.3.", "mlp_in.fc2."},
    Rule{"2.0.", "norm1_proj."},
    Rule{"2.2.", "proj."},
    Rule{"3.norm.", "norm_out."},
    Rule{"3.fn.to_qkv.", "attn_out.qkv."},
    Rule{"3.fn.to_out.0.", "attn_out.proj."},
    Rule{"4.norm.", "norm_mlp."},
    Rule{"4.fn.net.0.", "mlp.fc1."},
    Rule{"4.fn.net.3.", "mlp.fc2."},
};
constexpr std::array LucidrainsTntOutside{
    Rule{"patch_tokens", "patch_tokens"}, Rule{"patch_pos_emb", "patch_pos"},
    Rule{"pixel_pos_emb", "pixel_pos"},   Rule{"to_pixel_tokens.3.", "pixel_embed.proj."},
    Rule{"mlp_head.0.", "norm."},         Rule{"mlp_head.1.", "head."},
};
// clang-format on

/// The projection behind attention is left out where one head is as wide as the network.
void addIdentities(const NameTable&, TensorMap& map)
{
    const Shape* qkv = map.shape("blocks.0.attn.qkv.weight");
    if (!qkv || qkv->size() != 2 || map.has("blocks.0.attn.proj.weight"))
        return;
    const std::int64_t width = qkv->back();
    std::vector<std::string> blocks;
    for (const auto& [name, recipe] : map.tensors) {
        if (name.ends_with(".attn.qkv.weight"))
            blocks.push_back(name.substr(0, name.size() - std::string_view("qkv.weight").size()));
    }
    for (const std::string& block : blocks) {
        map.tensors[block + "proj.weight"] = {{width, width}, {}, [width](const Checkpoint&) {
                                                  std::vector<float> values(static_cast<std::size_t>(width * width), 0.0F);
                                                  for (std::int64_t i = 0; i < width; ++i)
                                                      values[static_cast<std::size_t>(i * (width + 1))] = 1.0F;
                                                  return NdArray({width, width}, std::move(values));
                                              }};
        map.tensors[block + "proj.bias"] = zeroRecipe({width});
    }
    map.headsFromShape = 1;
}

/// SimpleViT's positions: sines and cosines of column and row.
NdArray sinesAndCosines(const Grid& grid, int width)
{
    constexpr double Temperature = 10000;
    const int quarter = width / 4;
    const Shape shape{1, grid.patches(), width};
    std::vector<float> values(static_cast<std::size_t>(elementCount(shape)));
    float* row = values.data();
    for (int patch = 0; patch < grid.patches(); ++patch, row += width) {
        for (int i = 0; i < quarter; ++i) {
            const double frequency = 1 / std::pow(Temperature, static_cast<double>(i) / (quarter - 1));
            const double x = patch % grid.width * frequency, y = patch / grid.width * frequency;
            row[i] = static_cast<float>(std::sin(x));
            row[quarter + i] = static_cast<float>(std::cos(x));
            row[2 * quarter + i] = static_cast<float>(std::sin(y));
            row[3 * quarter + i] = static_cast<float>(std::cos(y));
        }
    }
    return NdArray(shape, std::move(values));
}

void vitFacts(ModelSpec& spec, const FamilyFacts&, FamilySays& told)
{
    told.headNorm = true;
    told.headWidth = 64;
    spec.layerNormEpsilon = 1e-5;
}

void pixelTntFacts(ModelSpec& spec, const FamilyFacts&, FamilySays& told)
{
    told.headNorm = told.pool = told.cutsPixels = true;
    told.headWidth = 64;
    spec.layerNormEpsilon = 1e-5;
}

}  // namespace

extern const Family vitLucidrains{
    .source = "vit-pytorch",
    .kind = "vit-pytorch ViT",
    .anchor = "to_patch_embedding.1.weight",
    .names = {LucidrainsBlocks, LucidrainsInBlock, LucidrainsOutside},
    .tensors = addIdentities,
    .facts = vitFacts,
    .positions = sinesAndCosines,
    .leavesOutEmpty = true,  // where there is no CLS, it is [0, D]
};

extern const Family tntLucidrains{
    .source = "transformer-in-transformer",
    .kind = "transformer-in-transformer TNT",
    .anchor = "to_pixel_tokens.3.weight",
    .names = {LucidrainsTntBlocks, LucidrainsTntInBlock, LucidrainsTntOutside},
    .facts = pixelTntFacts,
};

}  // namespace vitrine::family
