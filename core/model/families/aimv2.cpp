// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>

#include "core/model/families/families.h"
#include "core/model/grid.h"

namespace vitrine::family {

namespace {

// clang-format off: two columns of names are easier to compare
constexpr std::array<std::string_view, 1> Blocks{"encoder.layers."};
constexpr std::array InBlock{
    Rule{"rms_norm1.", "norm1."},         Rule{"rms_norm2.", "norm2."},         Rule{"attention.q_proj.", "attn.q."},
    Rule{"attention.k_proj.", "attn.k."}, Rule{"attention.v_proj.", "attn.v."}, Rule{"attention.out_proj.", "attn.proj."},
    Rule{"ffn.gate_proj.", "mlp.w1."},    Rule{"ffn.up_proj.", "mlp.w2."},      Rule{"ffn.down_proj.", "mlp.w3."},
};
constexpr std::array Outside{
    Rule{"embeddings.patch_embed.", "patch_embed.proj."},
    Rule{"embeddings.rms_norm.", "patch_embed.norm_out."},
    Rule{"embeddings.position_embedding.weight", "pos_embed"},
    Rule{"rms_norm.", "norm."},
    Rule{"head.cls_token", "attn_pool.latent"},
    Rule{"head.k_proj.", "attn_pool.k."},
    Rule{"head.v_proj.", "attn_pool.v."},
    Rule{"head.output_proj.", "attn_pool.proj."},
};
// clang-format on

/// The projection beside the network, of a pair with a text network.
void tensors(const NameTable& table, TensorMap& map)
{
    for (const std::string kind : {".k", ".v"}) {
        const Shape* weight = map.shape("attn_pool" + kind + ".weight");
        if (weight && !weight->empty())
            map.tensors.emplace("attn_pool" + kind + ".bias", zeroRecipe({weight->front()}));
    }
    if (const TensorInfo* projection = besideOuter(table, "vision_model.", "visual_projection.weight"))
        map.tensors.insert_or_assign("embedding.weight", reshapedRecipe(*projection, projection->shape));
}

void facts(ModelSpec& spec, const FamilyFacts& facts, FamilySays&)
{
    constexpr std::array Published{1024, 1536, 2048, 3072};
    constexpr int HeadWidth = 128;  // of all of them
    spec.layerNormEpsilon = 1e-5;
    spec.rmsNorm = true;
    spec.embeddingNorm = true;
    if (std::ranges::find(Published, spec.width) != Published.end())
        spec.heads = spec.width / HeadWidth;
    spec.learnedPositions = facts.map.has("pos_embed");
    spec.positionResampling = PositionResampling::BicubicAntialias;
    spec.pool = Pool::Mean;
    if (!facts.map.has("attn_pool.latent"))
        return;
    spec.pool = Pool::Attention;
    spec.poolProjectsQuery = false;
    if (!facts.map.has("head.weight"))
        spec.embedding = embeddingWidth(spec, facts.map);
}

/// Sines and cosines of column and row, a fourth of the channels each.
NdArray sinesAndCosines(const Grid& grid, int width)
{
    constexpr double Temperature = 10000;
    const int quarter = width / 4;
    std::vector<float> values(static_cast<std::size_t>(grid.patches()) * static_cast<std::size_t>(width));
    float* row = values.data();
    for (int patch = 0; patch < grid.patches(); ++patch, row += width) {
        for (int i = 0; i < quarter; ++i) {
            const double frequency = std::pow(Temperature, -static_cast<double>(i) / quarter);
            const double x = patch % grid.width * frequency, y = patch / grid.width * frequency;
            row[i] = static_cast<float>(std::sin(x));
            row[quarter + i] = static_cast<float>(std::cos(x));
            row[2 * quarter + i] = static_cast<float>(std::sin(y));
            row[3 * quarter + i] = static_cast<float>(std::cos(y));
        }
    }
    return NdArray({1, grid.patches(), width}, std::move(values));
}

/// Of the networks for any resolution ("native"), which hold no table of positions.
void computePositions(ModelSpec& spec, TensorMap& map, const ConfigFacts&)
{
    const bool trained = spec.gridHeight() == spec.trainedGridHeight && spec.gridWidth() == spec.trainedGridWidth;
    if (spec.learnedPositions && !trained)
        spec.assume(Severity::Doubtful, "Its own code takes pictures of one size; its positions were resampled to this one.");
    if (spec.learnedPositions)
        return;
    if (spec.width % 4 != 0)
        throw Error("its positions cannot be computed for a width of " + std::to_string(spec.width));
    const Grid grid{spec.gridHeight(), spec.gridWidth()};
    spec.learnedPositions = true;
    spec.positionsCoverPrefix = false;
    spec.trainedGridHeight = grid.height;
    spec.trainedGridWidth = grid.width;
    map.tensors["pos_embed"] = {{1, grid.patches(), spec.width}, {}, [grid, width = spec.width](const Checkpoint&) {
                                    return sinesAndCosines(grid, width);
                                }};
    spec.assume(Severity::Information, "Its positions were computed for this size (sines and cosines of column and row).");
}

std::optional<Preprocessing> recipe(const ModelSpec&, const ConfigFacts&)
{
    return cropRecipe(1.0, ClipMean, ClipDeviation);
}

}  // namespace

extern const Family aimv2Timm{
    .source = "timm AIMv2",
    .kind = "AIMv2 image network",
    .anchor = "patch_embed.proj.weight",
    .recognise =
        [](const Below& names) {
            return names.has("patch_embed.norm.weight") && names.has("blocks.0.norm1.weight")
                   && !names.has("blocks.0.norm1.bias");
        },
    .names = timmNames(),
    .facts = facts,
    .recipe = recipe,
};

extern const Family aimv2{
    .source = "Hugging Face AIMv2",
    .kind = "AIMv2 image network",
    .anchor = "embeddings.patch_embed.weight",
    .recognise = [](const Below& names) { return names.has("encoder.layers.0.rms_norm1.weight"); },
    .names = {Blocks, InBlock, Outside},
    .tensors = tensors,
    .facts = facts,
    .recipe = recipe,
    .sized = computePositions,
};

}  // namespace vitrine::family
