// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/families/families.h"

namespace vitrine::family {

namespace {

constexpr Rotary Naver{.kind = Rotary::Kind::Axial, .base = 100, .columnsFirst = true};
constexpr Rotary Own{.kind = Rotary::Kind::Axial, .base = 10000, .reference = 16};

bool hasBlocks(const Below& names)
{
    return names.has("blocks.0.gamma_1") && names.has("blocks.0.attn.qkv.weight");
}

/// "rope.freqs" [2, layers, heads, d/2] as one [2, heads, d/2] of each block.
void frequenciesOfBlocks(const NameTable& table, TensorMap& map)
{
    const TensorInfo* all = table.find("rope.freqs");
    if (!all || all->shape.size() != 4 || all->shape[0] != 2)
        throw Error("the tensor \"rope.freqs\" has the shape " + (all ? toString(all->shape) : std::string("[]"))
                    + ", and [2, layers, heads, width of a head / 2] was expected");
    map.tensors.erase("rope.freqs");
    map.headsFromShape = static_cast<int>(all->shape[2]);
    const Shape shape{2, all->shape[2], all->shape[3]};
    const std::int64_t layers = all->shape[1], one = shape[1] * shape[2];
    const TensorRecipe whole = reshapedRecipe(*all, all->shape);
    for (std::int64_t layer = 0; layer < layers; ++layer)
        map.tensors["blocks." + std::to_string(layer) + ".attn.frequencies"] = changedRecipe(
            whole, shape, [=](const NdArray& from) {
                std::vector<float> values;
                for (const std::int64_t axis : {0, 1}) {
                    const float* first = from.data() + (axis * layers + layer) * one;
                    values.insert(values.end(), first, first + one);
                }
                return NdArray(shape, std::move(values));
            });
}

void naverFacts(ModelSpec& spec, const FamilyFacts& facts, FamilySays& told)
{
    spec.layerNormEpsilon = 1e-6;
    spec.learnedPositions = facts.map.has("pos_embed");
    spec.rotary = Naver;
    if (facts.map.has("blocks.0.attn.frequencies"))
        spec.rotary.kind = Rotary::Kind::Learned;
    else if (facts.config.architecture.empty())
        told.guesses.emplace_back("rotary positions as timm's vit_..._rope");
}

void ownFacts(ModelSpec& spec, const FamilyFacts& facts, FamilySays& told)
{
    spec.layerNormEpsilon = 1e-6;
    spec.learnedPositions = false;
    spec.rotary = Own;
    spec.pool = Pool::Mean;
    if (facts.config.architecture.empty())
        told.guesses.emplace_back("rotary positions as timm's vit_..._rope_reg");
}

std::optional<Preprocessing> naverRecipe(const ModelSpec&, const ConfigFacts&)
{
    return cropRecipe(0.9, ImageNetMean, ImageNetDeviation);
}
std::optional<Preprocessing> ownRecipe(const ModelSpec&, const ConfigFacts&)
{
    return cropRecipe(0.95, ClipMean, ClipDeviation);
}

}  // namespace

extern const Family ropeMixed{
    .source = "timm RoPE-ViT",
    .kind = "RoPE-ViT",
    .anchor = "patch_embed.proj.weight",
    .recognise = [](const Below& names) { return hasBlocks(names) && names.has("rope.freqs") && names.has("cls_token"); },
    .names = timmNames(),
    .tensors = frequenciesOfBlocks,
    .facts = naverFacts,
    .recipe = naverRecipe,
};

extern const Family ropeAxial{
    .source = "timm RoPE-ViT",
    .kind = "RoPE-ViT",
    .anchor = "patch_embed.proj.weight",
    .recognise =
        [](const Below& names) {
            return hasBlocks(names) && !names.has("pos_embed") && names.has("cls_token") && !names.has("reg_token")
                   && !names.has("norm_pre.weight") && names.has("blocks.0.attn.qkv.bias");
        },
    .names = timmNames(),
    .facts = naverFacts,
    .recipe = naverRecipe,
};

extern const Family ropeRegisters{
    .source = "timm",
    .kind = "ViT with rotary positions",
    .anchor = "patch_embed.proj.weight",
    .recognise =
        [](const Below& names) {
            return hasBlocks(names) && !names.has("pos_embed") && !names.has("cls_token") && names.has("reg_token");
        },
    .names = timmNames(),
    .facts = ownFacts,
    .recipe = ownRecipe,
};

bool hasRotaryPositions(std::string_view name)
{
    constexpr std::array<std::string_view, 5> Marks{"eva02_", "dinov3", "_lingbot", "_rope_", "vit_pe_"};
    return std::ranges::any_of(Marks, [&](std::string_view mark) { return name.find(mark) != std::string_view::npos; });
}

std::optional<Rotary> rotaryOfName(std::string_view architecture)
{
    return architecture.find("_rope_ape_") == std::string_view::npos ? std::nullopt : std::optional(Naver);
}

}  // namespace vitrine::family
