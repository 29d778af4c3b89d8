// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>

#include "core/model/families/families.h"
#include "core/model/relative_bias.h"

namespace vitrine::family {

namespace {

// clang-format off: two columns of names are easier to compare
constexpr std::array<std::string_view, 1> Blocks{"blocks."};
constexpr std::array InBlock{
    Rule{"norm1.", "norm1."},
    Rule{"norm2.", "norm2."},
    Rule{"attn.qkv.", "attn.qkv."},
    Rule{"attn.q_bias", "attn.q.bias"},
    Rule{"attn.v_bias", "attn.v.bias"},
    Rule{"attn.k_bias", ""},
    Rule{"attn.proj.", "attn.proj."},
    Rule{"gamma_1", "ls1.gamma"},
    Rule{"gamma_2", "ls2.gamma"},
    Rule{"mlp.fc1.", "mlp.fc1."},
    Rule{"mlp.fc2.", "mlp.fc2."},
    Rule{"attn.relative_position_index", ""},
    Rule{"attn.relative_position_bias_table", "attn.relative_bias"},
};
constexpr std::array Outside{
    Rule{"cls_token", "cls_token"},
    Rule{"patch_embed.proj.", "patch_embed.proj."},
    Rule{"rel_pos_bias.relative_position_bias_table", "relative_bias"},
    Rule{"rel_pos_bias.relative_position_index", ""},
    Rule{"norm.", "norm."},
    Rule{"fc_norm.", "fc_norm."},
    Rule{"head.", "head."},
};
constexpr std::array<std::string_view, 2> HuggingFaceBlocks{"encoder.layer.", "layers."};
constexpr std::array HuggingFaceInBlock{
    Rule{"layernorm_before.", "norm1."},
    Rule{"layernorm_after.", "norm2."},
    Rule{"attention.attention.query.", "attn.q."},
    Rule{"attention.q_proj.", "attn.q."},
    Rule{"attention.attention.key.", "attn.k."},
    Rule{"attention.k_proj.", "attn.k."},
    Rule{"attention.attention.value.", "attn.v."},
    Rule{"attention.v_proj.", "attn.v."},
    Rule{"attention.output.dense.", "attn.proj."},
    Rule{"attention.o_proj.", "attn.proj."},
    Rule{"attention.attention.relative_position_bias.relative_position_bias_table", "attn.relative_bias"},
    Rule{"attention.attention.relative_position_bias.relative_position_index", ""},
    Rule{"relative_position_bias.relative_position_bias_table", "attn.relative_bias"},
    Rule{"lambda_1", "ls1.gamma"},
    Rule{"lambda_2", "ls2.gamma"},
    Rule{"intermediate.dense.", "mlp.fc1."},
    Rule{"mlp.fc1.", "mlp.fc1."},
    Rule{"output.dense.", "mlp.fc2."},
    Rule{"mlp.fc2.", "mlp.fc2."},
};
constexpr std::array HuggingFaceOutside{
    Rule{"embeddings.cls_token", "cls_token"},
    Rule{"embeddings.patch_embeddings.projection.", "patch_embed.proj."},
    Rule{"embeddings.position_embeddings", "pos_embed"},
    Rule{"encoder.relative_position_bias.relative_position_bias_table", "relative_bias"},
    Rule{"encoder.relative_position_bias.relative_position_index", ""},
    Rule{"layernorm.", "norm."},
    Rule{"pooler.layernorm.", "fc_norm."},
    Rule{"classifier.", "head."},
};
// clang-format on

/// One table for all blocks, as networks that were only trained to fill in patches have it.
void sharedTable(const NameTable&, TensorMap& map)
{
    const auto found = map.tensors.find("relative_bias");
    if (found == map.tensors.end())
        return;
    if (map.has("blocks.0.attn.relative_bias"))
        throw Error(notANetwork("it has a table of relative positions for all blocks beside one for each"));
    const TensorRecipe table = map.tensors.extract(found).mapped();
    std::vector<std::string> blocks;
    for (const auto& [name, recipe] : map.tensors) {
        if (name.starts_with("blocks.") && name.ends_with(".norm1.weight"))
            blocks.push_back(name.substr(0, name.size() - std::string_view("norm1.weight").size()));
    }
    for (const std::string& block : blocks)
        map.tensors.insert_or_assign(block + "attn.relative_bias", table);
}

/// The side of a square grid by its table's rows, (2g - 1)^2 and three for CLS; 0: it is none, or there is no table.
int sideOf(const TensorMap& map)
{
    const Shape* table = map.shape("blocks.0.attn.relative_bias");
    if (!table)
        return 0;
    if (table->size() != 2)
        throw Error("the table of relative positions is no matrix");
    const auto distances = std::lround(std::sqrt(static_cast<double>((*table)[0] - 3)));
    return distances % 2 == 1 && distances * distances == (*table)[0] - 3 ? static_cast<int>((distances + 1) / 2) : 0;
}

void facts(ModelSpec& spec, const FamilyFacts& facts, FamilySays& told)
{
    told.pool = spec.source != "timm BEiT";
    spec.layerNormEpsilon = spec.source == "timm BEiT" ? 1e-6 : 1e-12;
    spec.activation = Activation::Gelu;
    spec.learnedPositions = facts.map.has("pos_embed");
    spec.relativeBias = facts.map.has("blocks.0.attn.relative_bias");
    if (!spec.learnedPositions && !spec.relativeBias)
        throw Error(
            notANetwork("it is a BEiT with neither position embeddings nor relative position biases, as transformers makes "
                        "one of a configuration that names none"));
    spec.positionResampling = PositionResampling::Bicubic;
    spec.trainedGridHeight = spec.trainedGridWidth = sideOf(facts.map);
}

/// The tables of a grid of another size.
void resampleTables(ModelSpec& spec, TensorMap& map, const ConfigFacts&)
{
    const Grid from{spec.trainedGridHeight, spec.trainedGridWidth}, to{spec.gridHeight(), spec.gridWidth()};
    const std::int64_t rows = (2 * std::int64_t{from.height} - 1) * (2 * std::int64_t{from.width} - 1) + 3;
    if (from == to)
        return;
    const BiasSpacing spacing = spec.source == "timm BEiT" ? BiasSpacing::Geometric : BiasSpacing::Even;
    for (auto& [name, recipe] : map.tensors) {
        if (name.ends_with(".attn.relative_bias") && recipe.shape.size() == 2 && recipe.shape[0] == rows)
            recipe = resampledBias(recipe, from, to, spacing);
    }
}

std::optional<Preprocessing> recipe(const ModelSpec& spec, const ConfigFacts& config)
{
    constexpr int Large = 384;
    const bool second = config.architecture.starts_with("beitv2");
    return cropRecipe(spec.imageHeight >= Large ? 1.0 : 0.9, second ? ImageNetMean : HalfMean,
                      second ? ImageNetDeviation : HalfMean);
}

/// DiT and others have positions in the place of relative ones, and BEiT's layer scale.
bool isHuggingFace(const Below& names)
{
    constexpr std::string_view Table = "relative_position_bias.relative_position_bias_table";
    const bool relative = names.has("encoder.layer.0.attention.attention." + std::string(Table))
                          || names.has("layers.0." + std::string(Table)) || names.has("encoder." + std::string(Table));
    return names.has("embeddings.cls_token")
           && (relative || names.has("encoder.layer.0.lambda_1") || names.has("layers.0.lambda_1")
               || names.has("pooler.layernorm.weight"));
}

}  // namespace

extern const Family beitTimm{
    .source = "timm BEiT",
    .kind = "BEiT",
    .anchor = "patch_embed.proj.weight",
    .recognise =
        [](const Below& names) {
            return names.has("cls_token") && !names.has("pos_embed")
                   && (names.has("blocks.0.attn.relative_position_bias_table")
                       || names.has("rel_pos_bias.relative_position_bias_table"));
        },
    .names = {Blocks, InBlock, Outside},
    .tensors = sharedTable,
    .facts = facts,
    .recipe = recipe,
    .sized = resampleTables,
};

extern const Family beitHuggingFace{
    .source = "Hugging Face BEiT",
    .kind = "BEiT or Data2Vec",
    .anchor = "embeddings.patch_embeddings.projection.weight",
    .recognise = isHuggingFace,
    .names = {HuggingFaceBlocks, HuggingFaceInBlock, HuggingFaceOutside},
    .tensors = sharedTable,
    .facts = facts,
    .recipe = recipe,
    .sized = resampleTables,
};

}  // namespace vitrine::family
