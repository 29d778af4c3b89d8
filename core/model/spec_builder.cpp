// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/spec_builder.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <set>

#include "core/base/error.h"

namespace vitrine {

namespace {

constexpr std::int64_t MaxLayers = 1000;
constexpr std::int64_t MaxWidth = 65536;
constexpr int MaxImage = 16384;
constexpr int MaxInnerSide = 64;

/// An axis of a tensor that the structure is read from.
int axis(const TensorMap& map, std::string_view name, std::size_t index, std::size_t rank)
{
    const auto found = map.tensors.find(name);
    if (found == map.tensors.end())
        throw Error("the tensor \"" + std::string(name) + "\" is missing: the file holds only a part of the network");
    const Shape& shape = found->second.shape;
    if (shape.size() != rank || shape[index] < 1 || shape[index] > MaxWidth)
        throw Error("the tensor \"" + found->second.sources.front() + "\" has the shape " + toString(shape)
                    + ", which no ViT or TNT has");
    return static_cast<int>(shape[index]);
}

int countLayers(const TensorMap& map)
{
    std::set<std::string, std::less<>> seen;
    for (const auto& [name, recipe] : map.tensors) {
        if (name.starts_with("blocks."))
            seen.insert(name.substr(7, name.find('.', 7) - 7));
    }
    int last = -1;
    for (const std::string& index : seen)
        last = std::max(last, std::stoi(index));
    if (last < 0)
        throw Error("there are no transformer blocks in it, only a patch embedding");
    if (last >= MaxLayers)
        throw Error("a block has the number " + std::to_string(last) + ", at most " + std::to_string(MaxLayers)
                    + " blocks are supported");
    return last + 1;
}

/// Heads of known widths where a head is not 64 wide (timm's huge, giant and SO400M models).
int usualHeads(int width)
{
    constexpr std::array<std::pair<int, int>, 4> Known{{{1280, 16}, {1408, 16}, {1664, 16}, {1152, 16}}};
    for (const auto& [known, heads] : Known) {
        if (known == width)
            return heads;
    }
    return width % 64 == 0 ? width / 64 : 0;
}

/// Heads of a network that a timm configuration names, where the width is the one that the name stands for.
std::optional<int> namedHeads(const std::string& architecture, int width)
{
    struct Named {
        std::string_view part;
        int width, heads;
    };
    constexpr std::array<Named, 12> Table{{{"_tiny", 192, 3}, {"_small", 384, 6}, {"_medium", 512, 8}, {"_base", 768, 12},
                                           {"_large", 1024, 16}, {"_huge", 1280, 16}, {"_so400m", 1152, 16},
                                           {"_giant", 1408, 16}, {"_giant", 1536, 24}, {"_gigantic", 1664, 16},
                                           {"tnt_s_", 384, 6}, {"tnt_b_", 640, 10}}};
    for (const Named& named : Table) {
        if (named.width == width && architecture.find(named.part) != std::string::npos)
            return named.heads;
    }
    return std::nullopt;
}

void requireDivisor(int width, int heads, const std::string& what, const std::string& remedy)
{
    if (heads < 1 || width % heads != 0)
        throw Error(what + " of width " + std::to_string(width) + " cannot have " + std::to_string(heads)
                    + " heads: " + remedy);
}

void fillHeads(ModelSpec& spec, const TensorMap& map, const ConfigFacts& facts, const ModelOverrides& overrides)
{
    if (overrides.heads) {
        spec.heads = *overrides.heads;
        requireDivisor(spec.width, spec.heads, "a network", "give a divisor with --heads");
        return;
    }
    if (spec.qkNorm)
        spec.heads = spec.width / axis(map, "blocks.0.attn.q_norm.weight", 0, 1);
    else if (map.headsFromShape > 0)
        spec.heads = map.headsFromShape;
    else if (facts.heads)
        spec.heads = *facts.heads;
    else if (const std::optional<int> named = namedHeads(facts.architecture, spec.width))
        spec.heads = *named;
    else {
        spec.heads = usualHeads(spec.width);
        if (spec.heads == 0)
            throw Error("the number of heads is not in the file, and cannot be guessed from the width "
                        + std::to_string(spec.width) + ": give it with --heads");
        spec.assume(Severity::Doubtful, std::to_string(spec.heads) + " heads of " + std::to_string(spec.width / spec.heads)
                               + " channels were assumed from the width " + std::to_string(spec.width)
                               + "; --heads sets another number.");
    }
    requireDivisor(spec.width, spec.heads, "a network", "correct its config.json or give --heads");
}

void fillInner(ModelSpec& spec, const TensorMap& map, const ConfigFacts& facts)
{
    InnerSpec& inner = spec.inner;
    inner.width = axis(map, "pixel_embed.proj.weight", 0, 4);
    inner.side = axis(map, "pixel_pos", 2, 4);
    if (inner.side > MaxInnerSide)
        throw Error("a patch has " + std::to_string(inner.side) + "x" + std::to_string(inner.side)
                    + " inner tokens, which no TNT has");
    inner.mlpWidth = axis(map, "blocks.0.mlp_in.fc1.weight", 0, 2);
    inner.legacy = !map.has("blocks.0.norm2_proj.weight");
    if (facts.innerHeads) {
        inner.heads = *facts.innerHeads;
    } else {
        inner.heads = inner.width == 12 ? 2 : 4;  // TNT-Ti has 2, TNT-S and TNT-B have 4
        spec.assume(Severity::Doubtful, std::to_string(inner.heads) + " inner heads were assumed, as in TNT-"
                               + (inner.heads == 2 ? "Ti." : "S and TNT-B."));
    }
    requireDivisor(inner.width, inner.heads, "an inner transformer", "correct num_heads_inner in its config.json");
}

struct Grid {
    int height = 0, width = 0;
};

std::optional<Grid> squareGrid(std::int64_t count)
{
    const auto side = static_cast<std::int64_t>(std::llround(std::sqrt(static_cast<double>(count))));
    if (count < 1 || side * side != count)
        return std::nullopt;
    return Grid{static_cast<int>(side), static_cast<int>(side)};
}

struct Positions {
    Grid grid;
    int prefix = 0;  ///< leading rows that belong to prefix tokens
};

struct KnownGrids {
    std::optional<Grid> trained;  ///< from a configuration
    std::optional<Grid> asked;    ///< from the picture size that a person gives; another one than the trained perhaps
};

std::optional<Positions> matching(std::int64_t rows, const std::vector<int>& prefixes, const std::optional<Grid>& grid)
{
    for (const int prefix : prefixes) {
        if (grid && static_cast<std::int64_t>(grid->height) * grid->width == rows - prefix)
            return Positions{*grid, prefix};
    }
    return std::nullopt;
}

/// Which of the rows belong to prefix tokens, and how the others lie: as a configuration says, else in a square, and only
/// where no square fits as the person says.
Positions layOutPositions(std::int64_t rows, const std::vector<int>& prefixes, const KnownGrids& grids)
{
    if (const std::optional<Positions> found = matching(rows, prefixes, grids.trained))
        return *found;
    for (const int prefix : prefixes) {
        if (const std::optional<Grid> grid = squareGrid(rows - prefix))
            return {*grid, prefix};
    }
    if (const std::optional<Positions> found = matching(rows, prefixes, grids.asked))
        return *found;
    throw Error("the position embeddings have " + std::to_string(rows)
                + " rows, which is no square grid: say for which picture size they were made with --image-size HxW");
}

KnownGrids knownGrids(const ModelSpec& spec, const ConfigFacts& facts, const ModelOverrides& overrides)
{
    const auto grid = [&](const std::optional<int>& height, const std::optional<int>& width) -> std::optional<Grid> {
        if (!height || !width || spec.patchHeight < 1 || spec.patchWidth < 1)
            return std::nullopt;
        return Grid{*height / spec.patchHeight, *width / spec.patchWidth};
    };
    const std::optional<Grid> trained = grid(facts.imageHeight, facts.imageWidth);
    return {trained ? trained : grid(facts.inputHeight, facts.inputWidth), grid(overrides.imageHeight, overrides.imageWidth)};
}

/// Rows of zeros between CLS and the patches for registers that the file gives no positions (DINOv2).
void padRegisterPositions(TensorMap& map, int cls, int registers)
{
    TensorRecipe& positions = map.tensors.at("pos_embed");
    const std::int64_t width = positions.shape[2];
    const Shape shape{1, positions.shape[1] + registers, width};
    positions.read = [read = positions.read, shape, width, cls, registers](const Checkpoint& checkpoint) {
        const NdArray from = read(checkpoint);
        std::vector<float> values(static_cast<std::size_t>(elementCount(shape)), 0.0F);
        const std::span<const float> rows = from.values();
        const auto head = static_cast<std::size_t>(cls * width);
        std::copy_n(rows.data(), head, values.data());
        std::copy(rows.begin() + static_cast<std::ptrdiff_t>(head), rows.end(),
                  values.begin() + static_cast<std::ptrdiff_t>(head + static_cast<std::size_t>(registers * width)));
        return NdArray(shape, std::move(values));
    };
    positions.shape = shape;
}

void fillVitPositions(ModelSpec& spec, TensorMap& map, const ConfigFacts& facts, const ModelOverrides& overrides)
{
    const int rows = axis(map, "pos_embed", 1, 3);
    const int own = (spec.cls ? 1 : 0) + (spec.distillation ? 1 : 0);
    std::vector<int> prefixes{own, 0};
    if (spec.registers > 0) {
        const bool timm = map.source == "timm";
        prefixes = timm ? std::vector<int>{0, own + spec.registers, own} : std::vector<int>{own, 0, own + spec.registers};
    }
    const Positions positions = layOutPositions(rows, prefixes, knownGrids(spec, facts, overrides));
    spec.trainedGridHeight = positions.grid.height;
    spec.trainedGridWidth = positions.grid.width;
    spec.positionsCoverPrefix = positions.prefix > 0;
    if (spec.registers > 0 && positions.prefix == own && own > 0)
        padRegisterPositions(map, own, spec.registers);
}

TensorRecipe zeros(int count)
{
    const Shape shape{count};
    return {shape, {}, [shape](const Checkpoint&) {
                return NdArray(shape, std::vector<float>(static_cast<std::size_t>(shape[0]), 0.0F));
            }};
}

void fillVit(ModelSpec& spec, TensorMap& map, const ConfigFacts& facts, const ModelOverrides& overrides)
{
    spec.width = axis(map, "patch_embed.proj.weight", 0, 4);
    spec.patchHeight = axis(map, "patch_embed.proj.weight", 2, 4);
    spec.patchWidth = axis(map, "patch_embed.proj.weight", 3, 4);
    spec.cls = map.has("cls_token");
    spec.distillation = map.has("dist_token");
    spec.registers = map.has("reg_token") ? axis(map, "reg_token", 1, 3) : 0;
    spec.mlp = map.has("blocks.0.mlp.w12.weight") ? Mlp::SwiGlu : Mlp::Plain;
    spec.mlpWidth = spec.mlp == Mlp::SwiGlu ? axis(map, "blocks.0.mlp.w3.weight", 1, 2)
                                            : axis(map, "blocks.0.mlp.fc1.weight", 0, 2);
    spec.qkvBias = map.has("blocks.0.attn.qkv.bias");
    spec.qkNorm = map.has("blocks.0.attn.q_norm.weight");
    spec.layerScale = map.has("blocks.0.ls1.gamma");
    spec.preNorm = map.has("norm_pre.weight");
    spec.fcNorm = map.has("fc_norm.weight");
    spec.finalNorm = map.has("norm.weight");
    fillVitPositions(spec, map, facts, overrides);
    if (spec.preNorm && !map.has("patch_embed.proj.bias"))
        map.tensors.emplace("patch_embed.proj.bias", zeros(spec.width));  // CLIP's patch embedding has none
}

void fillTnt(ModelSpec& spec, const TensorMap& map, const ConfigFacts& facts, const ModelOverrides& overrides)
{
    spec.width = axis(map, "cls_token", 2, 3);
    spec.mlpWidth = axis(map, "blocks.0.mlp.fc1.weight", 0, 2);
    spec.qkvBias = map.has("blocks.0.attn_out.qk.bias");
    fillInner(spec, map, facts);
    spec.patchHeight = facts.patchHeight.value_or(0);
    spec.patchWidth = facts.patchWidth.value_or(0);
    const int rows = axis(map, "patch_pos", 1, 3);
    const Positions positions = layOutPositions(rows, {1}, knownGrids(spec, facts, overrides));
    spec.trainedGridHeight = positions.grid.height;
    spec.trainedGridWidth = positions.grid.width;
    if (spec.patchHeight == 0 && facts.imageHeight && facts.imageWidth) {
        spec.patchHeight = *facts.imageHeight / spec.trainedGridHeight;
        spec.patchWidth = *facts.imageWidth / spec.trainedGridWidth;
    }
    if (spec.patchHeight == 0) {
        spec.patchHeight = spec.patchWidth = spec.inner.side * 4;
        spec.assume(Severity::Doubtful, "Patches of " + std::to_string(spec.patchHeight) + "x" + std::to_string(spec.patchWidth)
                               + " pixels were assumed: a stem of stride 4, as the published TNT models have.");
    }
    spec.inner.stride = facts.stemStride.value_or(std::max(1, spec.patchHeight / spec.inner.side));
    if (spec.patchHeight != spec.patchWidth || (spec.patchHeight + spec.inner.stride - 1) / spec.inner.stride != spec.inner.side)
        throw Error("patches of " + std::to_string(spec.patchHeight) + "x" + std::to_string(spec.patchWidth)
                    + " pixels with a stride of " + std::to_string(spec.inner.stride) + " do not make "
                    + std::to_string(spec.inner.side) + "x" + std::to_string(spec.inner.side)
                    + " inner tokens: correct patch_size or first_stride in its config.json");
}

void fillPooling(ModelSpec& spec, TensorMap& map, const ConfigFacts& facts)
{
    spec.pool = facts.pool.value_or(spec.fcNorm || !spec.cls ? Pool::Mean : Pool::Cls);
    if (!spec.cls)
        spec.pool = Pool::Mean;
    if (!map.has("head.weight"))
        return;
    spec.classes = axis(map, "head.weight", 0, 2);
    if (spec.cls && axis(map, "head.weight", 1, 2) == 2 * spec.width)
        spec.pool = Pool::ClsMean;
    if (!map.has("head.bias"))
        map.tensors.emplace("head.bias", zeros(spec.classes));
}

void fillNumerics(ModelSpec& spec, const ConfigFacts& facts)
{
    const bool huggingFace = spec.source == "Hugging Face ViT" || spec.source == "Hugging Face DeiT";
    double epsilon = huggingFace ? 1e-12 : 1e-6;
    if (spec.family == Family::Tnt || spec.preNorm)
        epsilon = 1e-5;
    spec.layerNormEpsilon = facts.layerNormEpsilon.value_or(epsilon);
    spec.activation = facts.activation.value_or(spec.source == "Google" ? Activation::GeluTanh : Activation::Gelu);
    if (spec.source == "Google" && !facts.activation)
        spec.assume(Severity::Information, "GELU is computed by its tanh approximation, as Flax does.");
    if (spec.source == "torchvision")
        spec.positionResampling = PositionResampling::BicubicAlignCorners;
    else if (spec.source == "Google")
        spec.positionResampling = PositionResampling::Bilinear;
    else if (spec.source.starts_with("Hugging Face") && spec.registers == 0)
        spec.positionResampling = PositionResampling::Bicubic;
    else if ((spec.source == "DINOv2" || spec.source == "DINO") && spec.registers == 0) {
        spec.positionResampling = PositionResampling::Bicubic;
        spec.positionOffset = 0.1;
    }
}

std::int64_t countParameters(const TensorMap& map)
{
    std::int64_t count = 0;
    for (const auto& [name, recipe] : map.tensors)
        count += recipe.sources.empty() ? 0 : elementCount(recipe.shape);
    return count;
}

} // namespace

ModelSpec buildSpec(TensorMap& map, const ConfigFacts& facts, const ModelOverrides& overrides, std::string name)
{
    ModelSpec spec;
    spec.name = std::move(name);
    spec.source = map.source;
    spec.family = map.has("pixel_embed.proj.weight") ? Family::Tnt : Family::Vit;
    spec.layers = countLayers(map);
    spec.parameters = countParameters(map);
    if (spec.family == Family::Tnt)
        fillTnt(spec, map, facts, overrides);
    else
        fillVit(spec, map, facts, overrides);
    fillHeads(spec, map, facts, overrides);
    fillPooling(spec, map, facts);
    fillNumerics(spec, facts);
    fillPreprocessing(spec, facts, overrides);
    if (spec.imageHeight < 1 || spec.imageWidth < 1 || spec.imageHeight > MaxImage || spec.imageWidth > MaxImage
        || spec.imageHeight % spec.patchHeight != 0 || spec.imageWidth % spec.patchWidth != 0)
        throw Error("pictures of " + std::to_string(spec.imageHeight) + "x" + std::to_string(spec.imageWidth)
                    + " do not divide into patches of " + std::to_string(spec.patchHeight) + "x"
                    + std::to_string(spec.patchWidth) + ": choose a multiple with --image-size");
    return spec;
}

} // namespace vitrine
