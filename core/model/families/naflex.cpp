// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/families/families.h"
#include "core/model/grid.h"

namespace vitrine::family {

namespace {

// clang-format off: two columns of names are easier to compare
constexpr std::array Outside{
    Rule{"embeds.proj.", "patch_embed.proj."},
    Rule{"embeds.pos_embed", "pos_embed"},
    Rule{"embeds.cls_token", "cls_token"},
    Rule{"embeds.reg_token", "reg_token"},
    Rule{"norm.", "norm."},
    Rule{"fc_norm.", "fc_norm."},
    Rule{"head.", "head."},
    Rule{"attn_pool.latent", "attn_pool.latent"},
    Rule{"attn_pool.q.", "attn_pool.q."},
    Rule{"attn_pool.kv.", "attn_pool.kv."},
    Rule{"attn_pool.proj.", "attn_pool.proj."},
    Rule{"attn_pool.norm.", "attn_pool.norm."},
    Rule{"attn_pool.mlp.fc1.", "attn_pool.mlp.fc1."},
    Rule{"attn_pool.mlp.fc2.", "attn_pool.mlp.fc2."},
};
// clang-format on

Dialect names()
{
    return {timmNames().blocks, timmNames().inBlock, Outside};
}

void tensors(const NameTable&, TensorMap& map)
{
    linearPatches(map);
}

/// timm's RADIO has the positions of the authors' network, and its further CLS tokens among the registers.
bool isRadio(const ModelSpec& spec, const FamilyFacts& facts)
{
    const std::string& name = facts.config.architecture;
    return name.empty() ? !spec.finalNorm && !spec.fcNorm : name.find("_radio_") != std::string::npos;
}

/// A SigLIP has neither registers nor a layer scale; timm's own with a pooling head (..._map) have both.
bool isSiglip(const ModelSpec& spec, const FamilyFacts& facts)
{
    const std::string& name = facts.config.architecture;
    return name.empty() ? facts.map.has("attn_pool.latent") && spec.registers == 0 && !spec.layerScale
                        : name.ends_with("_siglip");
}

void bicubicPositions(ModelSpec& spec, const FamilyFacts& facts, FamilySays& told)
{
    const std::string& name = facts.config.architecture;
    spec.positionResampling = name.ends_with("_par_gap") ? PositionResampling::BicubicAntialiasCropped
                                                         : PositionResampling::BicubicAntialias;
    if (name.empty())
        told.guesses.emplace_back(
            "positions stretched to the shape of the grid, as naflexvit_..._gap and _map; those of _par_gap "
            "keep theirs where it is not square");
}

void facts(ModelSpec& spec, const FamilyFacts& facts, FamilySays& told)
{
    const bool pools = facts.map.has("attn_pool.latent");
    spec.layerNormEpsilon = 1e-6;
    const bool siglip = isSiglip(spec, facts);
    spec.activation = siglip ? Activation::GeluTanh : Activation::Gelu;
    spec.pool = pools ? Pool::Attention : spec.cls ? Pool::Cls : Pool::Mean;
    spec.poolsPrefix = false;
    if (pools && !facts.map.has("head.weight"))
        spec.embedding = spec.width;
    takeSquareTable(spec, facts.map);
    if (isRadio(spec, facts))
        radioPositions(spec, told);
    else if (!siglip)
        bicubicPositions(spec, facts, told);
    if (!facts.config.activation && !facts.said.activation)
        told.guesses.emplace_back(siglip ? "GELU by its tanh approximation, as SigLIP 2 (--activation)"
                                         : "exact GELU (--activation)");
}

}  // namespace

void linearPatches(TensorMap& map)
{
    renameTensor(map, "patch_embed.proj.weight", "patch_embed.1.weight");
    renameTensor(map, "patch_embed.proj.bias", "patch_embed.1.bias");
}

void takeSquareTable(ModelSpec& spec, const TensorMap& map)
{
    const Shape* table = map.shape("pos_embed");
    const std::optional<Grid> grid = table && table->size() == 3 ? squareGrid((*table)[1]) : std::nullopt;
    if (!grid)
        throw Error("the position embeddings have the shape " + (table ? toString(*table) : std::string("[]"))
                    + ", and a square of them was expected");
    spec.trainedGridHeight = grid->height;
    spec.trainedGridWidth = grid->width;
    spec.positionsCoverPrefix = false;
    spec.positionResampling = PositionResampling::BilinearAntialias;
}

Preprocessing naflexRecipe()
{
    constexpr int Usual = 256;
    Preprocessing recipe = squashRecipe(Interpolation::Bilinear, HalfMean, HalfMean);
    recipe.mostPatches = Usual;
    return recipe;
}

extern const Family naflexTimm{
    .source = "timm NaFlex",
    .kind = "NaFlex ViT",
    .anchor = "embeds.proj.weight",
    .recognise = [](const Below& names) { return names.has("embeds.pos_embed") && names.has("blocks.0.attn.qkv.weight"); },
    .names = names(),
    .tensors = tensors,
    .facts = facts,
    .recipe = [](const ModelSpec&, const ConfigFacts&) -> std::optional<Preprocessing> { return naflexRecipe(); },
};

}  // namespace vitrine::family
