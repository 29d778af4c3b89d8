// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>

#include "core/model/families/families.h"

namespace vitrine::family {

namespace {

constexpr int PoolHeads = 8;

/// timm scales the places of another grid to the trained one, which has as many rows as columns.
int trainedSide(const TensorMap& map, bool cls)
{
    const Shape* shape = map.shape("pos_embed");
    const std::int64_t rows = shape && shape->size() == 3 ? (*shape)[1] - (cls ? 1 : 0) : 0;
    return static_cast<int>(std::lround(std::sqrt(static_cast<double>(std::max<std::int64_t>(rows, 0)))));
}

void openTensors(const NameTable&, TensorMap& map)
{
    transposeProjection(map);
    splitPoolQuery(map);
}

void facts(ModelSpec& spec, const FamilyFacts& facts, FamilySays&)
{
    spec.layerNormEpsilon = 1e-5;
    spec.activation = Activation::Gelu;
    spec.rotary = {.kind = Rotary::Kind::Axial,
                   .base = 10000,
                   .reference = trainedSide(facts.map, spec.cls),
                   .offset = spec.cls ? 1.0 : 0.0,
                   .columnsFirst = true};
    if (!facts.map.has("attn_pool.latent"))
        return;
    spec.pool = Pool::Attention;
    spec.poolHeads = PoolHeads;
    if (!facts.map.has("head.weight"))
        spec.embedding = embeddingWidth(spec, facts.map);
}

/// The authors do not scale places, and resample their positions without antialias.
void openFacts(ModelSpec& spec, const FamilyFacts& known, FamilySays& told)
{
    facts(spec, known, told);
    spec.rotary.reference = 0;
    spec.positionResampling = PositionResampling::Bilinear;
}

std::optional<Preprocessing> recipe(const ModelSpec& spec, const ConfigFacts&)
{
    const bool timm = spec.source == "timm Perception Encoder";
    return squashRecipe(timm ? Interpolation::Bicubic : Interpolation::Bilinear, HalfMean, HalfMean);
}

}  // namespace

extern const Family perceptionOpen{
    .source = "Perception Encoder",
    .kind = "Perception Encoder",
    .anchor = "conv1.weight",
    .recognise =
        [](const Below& names) {
            return names.has("ln_pre.weight") && names.has("positional_embedding")
                   && names.has("transformer.resblocks.0.attn.in_proj_weight")
                   && (names.has("attn_pool.probe") || !names.has("ln_post.weight"));
        },
    .names = openNames(),
    .beside = openTextHalf(),
    .tensors = openTensors,
    .facts = openFacts,
    .recipe = recipe,
};

extern const Family perceptionTimm{
    .source = "timm Perception Encoder",
    .kind = "Perception Encoder",
    .anchor = "patch_embed.proj.weight",
    .recognise =
        [](const Below& names) {
            const bool headless = !names.has("norm.weight") && !names.has("fc_norm.weight");
            return names.has("norm_pre.weight") && !names.has("patch_embed.proj.bias") && names.has("pos_embed")
                   && (names.has("attn_pool.latent") || headless) && names.has("blocks.0.attn.qkv.weight");
        },
    .names = timmNames(),
    .facts = facts,
    .recipe = recipe,
    .numbers = headOrProjection,
};

}  // namespace vitrine::family
