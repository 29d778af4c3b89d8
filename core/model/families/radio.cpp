// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/families/families.h"

#include <cmath>

namespace vitrine::family {

namespace {

// clang-format off: two columns of names are easier to compare
constexpr std::array<std::string_view, 1> HuggingFaceBlocks{"encoder.layer."};
constexpr std::array HuggingFaceInBlock{
    Rule{"norm1.", "norm1."},
    Rule{"norm2.", "norm2."},
    Rule{"attention.q_proj.", "attn.q."},
    Rule{"attention.k_proj.", "attn.k."},
    Rule{"attention.v_proj.", "attn.v."},
    Rule{"attention.o_proj.", "attn.proj."},
    Rule{"layer_scale1.lambda1", "ls1.gamma"},
    Rule{"layer_scale2.lambda1", "ls2.gamma"},
    Rule{"mlp.fc1.", "mlp.fc1."},
    Rule{"mlp.fc2.", "mlp.fc2."},
    Rule{"mlp.gate_proj.", "mlp.w1."},
    Rule{"mlp.up_proj.", "mlp.w2."},
    Rule{"mlp.down_proj.", "mlp.w3."},
};
constexpr std::array HuggingFaceOutside{
    Rule{"embeddings.patch_projection.", "patch_embed.proj."}, Rule{"embeddings.position_embedding", "pos_embed"},
    Rule{"embeddings.cls_register_token", "prefix"},           Rule{"input_conditioner.norm_mean", "mean"},
    Rule{"input_conditioner.norm_std", "deviation"},           Rule{"summary_idxs", ""},
};
constexpr std::array<std::string_view, 1> HubBlocks{"blocks."};
constexpr std::array HubInBlock{
    Rule{"norm1.", "norm1."},
    Rule{"norm2.", "norm2."},
    Rule{"attn.qkv.", "attn.qkv."},
    Rule{"attn.proj.", "attn.proj."},
    Rule{"mlp.fc1.", "mlp.fc1."},
    Rule{"mlp.fc2.", "mlp.fc2."},
    Rule{"ls1.gamma", "ls1.gamma"},
    Rule{"ls2.gamma", "ls2.gamma"},
    Rule{"ls1.grandma", "ls1.gamma"},
    Rule{"ls2.grandma", "ls2.gamma"},
    Rule{"layer_scale1.lambda1", "ls1.gamma"},
    Rule{"layer_scale2.lambda1", "ls2.gamma"},
};
constexpr std::array HubOutside{
    Rule{"patch_generator.embedder.", "patch_embed.proj."},
    Rule{"patch_generator.pos_embed", "pos_embed"},
    Rule{"patch_generator.cls_token.token", "prefix"},
};
// clang-format on
constexpr std::array<std::string_view, 4> BesideHub{"input_conditioner.", "summary_idxs", "adaptors.", "feature_normalizer."};

/// Tokens [P, D] in front of the patches: the first CLS, and the further ones with the registers.
void splitPrefix(TensorMap& map)
{
    const auto found = map.tensors.find("prefix");
    if (found == map.tensors.end() || found->second.shape.size() != 2 || found->second.shape[0] < 1)
        throw Error("the tokens in front of its patches are no matrix of a row for each");
    const TensorRecipe all = map.tensors.extract(found).mapped();
    map.tensors.insert_or_assign("cls_token", rowsRecipe(all, 0, 1));
    if (all.shape[0] > 1)
        map.tensors.insert_or_assign("reg_token", rowsRecipe(all, 1, all.shape[0] - 1));
}

/// The network normalises colours by itself: W (x - mean) / deviation is a matrix and a bias for x from 0 to 1.
void foldConditioner(TensorMap& map, const TensorRecipe& mean, const TensorRecipe& deviation)
{
    constexpr std::int64_t Colours = 3;
    const auto found = map.tensors.find("patch_embed.proj.weight");
    if (found == map.tensors.end() || found->second.shape.size() != 2 || found->second.shape[1] % Colours != 0
        || elementCount(mean.shape) != Colours || elementCount(deviation.shape) != Colours)
        throw Error("the patch embedding and what normalises its colours do not fit each other");
    const TensorRecipe matrix = found->second;
    const std::int64_t rows = matrix.shape[0], pixels = matrix.shape[1] / Colours;
    const auto forEach = [=](const Checkpoint& checkpoint, const auto& use) {
        const NdArray weight = matrix.read(checkpoint), m = mean.read(checkpoint), d = deviation.read(checkpoint);
        for (std::int64_t i = 0; i < weight.size(); ++i) {
            const std::int64_t colour = i / pixels % Colours;
            use(i, static_cast<double>(weight.data()[i]) / d.data()[colour], m.data()[colour]);
        }
    };
    TensorRecipe bias{{rows}, mean.sources, [=](const Checkpoint& checkpoint) {
                          std::vector<double> sums(static_cast<std::size_t>(rows));
                          forEach(checkpoint, [&](std::int64_t i, double value, double m) {
                              sums[static_cast<std::size_t>(i / (pixels * Colours))] -= value * m;
                          });
                          return NdArray(Shape{rows}, std::vector<float>(sums.begin(), sums.end()));
                      }};
    bias.sources.insert(bias.sources.end(), deviation.sources.begin(), deviation.sources.end());
    found->second.read = [=](const Checkpoint& checkpoint) {
        std::vector<float> values(static_cast<std::size_t>(rows * pixels * Colours));
        forEach(checkpoint,
                [&](std::int64_t i, double value, double) { values[static_cast<std::size_t>(i)] = static_cast<float>(value); });
        return NdArray(Shape{rows, pixels * Colours}, std::move(values));
    };
    map.tensors.insert_or_assign("patch_embed.proj.bias", std::move(bias));
}

/// Which CLS tokens make the summary, numbers that are read below.
void takeSummary(TensorMap& map, const TensorInfo* indices)
{
    if (!indices)
        return;
    TensorRecipe recipe = reshapedRecipe(*indices, indices->shape);
    recipe.sources.clear();  // no parameters
    map.tensors.insert_or_assign("summary", std::move(recipe));
}

void readSummary(TensorMap& map, const Checkpoint& checkpoint)
{
    const auto found = map.tensors.find("summary");
    if (found == map.tensors.end())
        return;
    constexpr float Most = 1000;
    const NdArray indices = found->second.read(checkpoint);
    map.tensors.erase(found);
    for (const float index : indices.values()) {
        if (!(index >= 0 && index < Most) || index != std::floor(index))
            throw Error(
                "\"summary_idxs\", which names the CLS tokens of its summary, holds other numbers than those of tokens");
        map.summary.push_back(static_cast<int>(index));
    }
}

/// The tokens of its summary side by side are what others take of the whole picture.
void fillSummary(ModelSpec& spec, const TensorMap& map)
{
    for (const int token : map.summary) {
        if (token > spec.furtherCls)
            throw Error("its summary is made of token " + std::to_string(token) + ", and it has "
                        + std::to_string(spec.furtherCls + 1) + " CLS tokens");
    }
    spec.summary = map.summary;
    spec.embedding = static_cast<int>(spec.summary.size()) * spec.width;
}

void huggingFaceTensors(const NameTable& table, TensorMap& map)
{
    splitPrefix(map);
    takeSummary(map, table.find("summary_idxs"));
    if (!map.has("mean") || !map.has("deviation"))
        throw Error("the mean and deviation of its colours (\"input_conditioner\") are missing");
    const TensorRecipe mean = map.tensors.extract("mean").mapped(), deviation = map.tensors.extract("deviation").mapped();
    foldConditioner(map, mean, deviation);
}

void hubTensors(const NameTable& table, TensorMap& map)
{
    splitPrefix(map);
    takeSummary(map, besideOuter(table, "model.", "summary_idxs"));
    if (std::ranges::any_of(table.known, [](const auto& item) { return item.first.find("adaptors.") != std::string::npos; }))
        map.notes.push_back({Severity::Information, "Its adaptors, which turn summary and patches into those of its teachers' "
                                                    "networks, were left out."});
    const TensorInfo* mean = besideOuter(table, "model.", "input_conditioner.norm_mean");
    const TensorInfo* deviation = besideOuter(table, "model.", "input_conditioner.norm_std");
    if (!mean || !deviation)
        throw Error("the mean and deviation of its colours (\"input_conditioner\") are missing");
    foldConditioner(map, reshapedRecipe(*mean, mean->shape), reshapedRecipe(*deviation, deviation->shape));
}

void facts(ModelSpec& spec, const FamilyFacts& facts, FamilySays& told)
{
    constexpr int Usual = 512;
    spec.layerNormEpsilon = 1e-6;
    spec.activation = Activation::Gelu;
    spec.imageHeight = spec.imageWidth = Usual / spec.patchHeight * spec.patchHeight;
    takeSquareTable(spec, facts.map);
    radioPositions(spec, told, facts.config.clsTokens);
    fillSummary(spec, facts.map);
}

std::optional<Preprocessing> recipe(const ModelSpec&, const ConfigFacts&)
{
    return squashRecipe(Interpolation::Bicubic, {0, 0, 0}, {1, 1, 1});
}

}  // namespace

/// By the tokens in front: C-RADIOv3 has 8, v4 has 10. The code of v3's B and H aligns corners, transformers' never does.
void radioPositions(ModelSpec& spec, FamilySays& told, std::optional<int> clsTokens)
{
    constexpr int TokensOfV3 = 8, Teachers = 3, Base = 768, Huge = 1280;
    spec.furtherCls = std::min(clsTokens.value_or(Teachers) - 1, spec.registers);
    if (!clsTokens)
        told.guesses.emplace_back("a CLS token for each of 3 teachers, the others registers");
    const bool third = !spec.source.starts_with("Hugging Face") && spec.prefixTokens() == TokensOfV3;
    const bool corners = third && (spec.width == Base || spec.width == Huge);
    spec.positionResampling = corners ? PositionResampling::BilinearCroppedAlignCorners : PositionResampling::BilinearCropped;
    if (third)
        told.guesses.emplace_back(corners ? "positions resampled with their corners aligned, as C-RADIOv3-B and -H"
                                          : "positions resampled without aligned corners, as C-RADIOv3-L and -g");
}

extern const Family radioHuggingFace{
    .source = "Hugging Face RADIO",
    .kind = "RADIO",
    .anchor = "embeddings.patch_projection.weight",
    .recognise = [](const Below& names) { return names.has("embeddings.cls_register_token"); },
    .names = {HuggingFaceBlocks, HuggingFaceInBlock, HuggingFaceOutside},
    .tensors = huggingFaceTensors,
    .facts = facts,
    .recipe = recipe,
    .numbers = readSummary,
};

extern const Family radioHub{
    .source = "RADIO",
    .kind = "RADIO",
    .anchor = "patch_generator.embedder.weight",
    .recognise = [](const Below& names) { return names.has("patch_generator.cls_token.token"); },
    .names = {HubBlocks, HubInBlock, HubOutside},
    .beside = BesideHub,
    .tensors = hubTensors,
    .facts = facts,
    .recipe = recipe,
    .numbers = readSummary,
};

}  // namespace vitrine::family
