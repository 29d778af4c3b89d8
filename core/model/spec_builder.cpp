// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/spec_builder.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <set>
#include <sstream>

#include "core/base/error.h"
#include "core/model/account.h"
#include "core/model/families/families.h"
#include "core/model/grid.h"
#include "core/model/limits.h"

namespace vitrine {

namespace {

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

void requireDivisor(int width, int heads, const std::string& what, const std::string& remedy)
{
    if (heads < 1 || width % heads != 0)
        throw Error(what + " of width " + std::to_string(width) + " cannot have " + std::to_string(heads)
                    + " heads: " + remedy);
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

/// Fills a ModelSpec from tensors, configuration and what a person says, in this order of trust: person, configuration,
/// tensors, family; what is left is guessed, and said.
class SpecBuilder {
public:
    SpecBuilder(TensorMap& map, const ConfigFacts& facts, const ModelOverrides& overrides)
        : m_map(map)
        , m_facts(facts)
        , m_overrides(overrides)
    {
    }

    ModelSpec build(std::string name)
    {
        m_spec.name = std::move(name);
        m_spec.source = m_map.source;
        m_spec.family = m_map.has("pixel_embed.proj.weight") ? Family::Tnt : Family::Vit;
        m_spec.layers = countLayers(m_map);
        m_spec.parameters = m_map.parameters;
        if (m_spec.family == Family::Tnt)
            fillTnt();
        else
            fillVit();
        fillHeads();
        fillPooling();
        fillNumerics();
        sayGuesses();
        fillPreprocessing(m_spec, m_map, m_facts, m_overrides);
        requireWholePatches();
        if (m_map.family && m_map.family->sized)
            m_map.family->sized(m_spec, m_map, m_facts);
        return std::move(m_spec);
    }

private:
    void askFamily()
    {
        if (m_map.family && m_map.family->facts)
            m_map.family->facts(m_spec, {m_map, m_facts, m_overrides}, m_told);
    }

    void fillVit()
    {
        ModelSpec& spec = m_spec;
        requirePictures();
        spec.width = axis(m_map, "patch_embed.proj.weight", 0, 4);
        spec.patchHeight = axis(m_map, "patch_embed.proj.weight", 2, 4);
        spec.patchWidth = axis(m_map, "patch_embed.proj.weight", 3, 4);
        requireColour("patch_embed.proj.weight");
        spec.patchNorms = m_map.has("patch_embed.norm_in.weight");
        spec.cls = m_map.has("cls_token");
        if (spec.cls && axis(m_map, "cls_token", 1, 3) != 1)
            throw Error("this is not a ViT or TNT that Vitrine computes: it has "
                        + std::to_string(axis(m_map, "cls_token", 1, 3)) + " CLS tokens, as Pixio and RADIO");
        spec.distillation = m_map.has("dist_token");
        spec.registers = m_map.has("reg_token") ? axis(m_map, "reg_token", 1, 3) : 0;
        spec.mlp = m_map.has("blocks.0.mlp.w12.weight") ? Mlp::SwiGlu : Mlp::Plain;
        spec.mlpWidth = spec.mlp == Mlp::SwiGlu ? axis(m_map, "blocks.0.mlp.w3.weight", 1, 2)
                                                : axis(m_map, "blocks.0.mlp.fc1.weight", 0, 2);
        spec.attentionWidth = attentionWidth("blocks.0.attn.qkv.weight", 3);
        spec.qkvBias = m_map.has("blocks.0.attn.qkv.bias");
        spec.qkNorm = m_map.has("blocks.0.attn.q_norm.weight");
        spec.layerScale = m_map.has("blocks.0.ls1.gamma");
        spec.preNorm = m_map.has("norm_pre.weight");
        spec.fcNorm = m_map.has("fc_norm.weight");
        spec.finalNorm = m_map.has("norm.weight");
        askFamily();
        requireRotary(m_facts.architecture.empty() ? m_facts.modelType : m_facts.architecture);
        if (!spec.learnedPositions) {
            takeGridWithoutPositions();
        } else if (spec.trainedGridHeight == 0) {
            if (!m_map.has("pos_embed"))
                computePositions();
            fillVitPositions();
        }
        m_map.tensors.emplace("patch_embed.proj.bias", zeroRecipe({spec.width}));
    }

    void requireRotary(const std::string& name) const
    {
        if (m_spec.rotary.kind == Rotary::Kind::None && family::hasRotaryPositions(name))
            throw Error("the configuration names \"" + name
                        + "\", which has rotary positions, and the tensors are not that "
                          "network's: the configuration beside it is another model's, or the file holds a part of it");
    }

    int attentionWidth(const std::string& name, int parts) const
    {
        const int rows = axis(m_map, name, 0, 2);
        if (rows % parts != 0)
            throw Error("the tensor \"" + m_map.tensors.at(name).sources.front() + "\" has " + std::to_string(rows)
                        + " rows, which do not divide into q, k and v");
        return rows / parts;
    }

    void requirePictures() const
    {
        const Shape* shape = m_map.shape("patch_embed.proj.weight");
        if (shape && shape->size() == 5)
            throw Error("the network takes volumes or films: its patches (" + toString(*shape)
                        + ") have three sides, those of a picture have two");
    }

    void requireColour(const std::string& name) const
    {
        constexpr int Colours = 3;
        const int channels = axis(m_map, name, 1, 4);
        if (channels != Colours)
            throw Error("the network takes pictures of " + std::to_string(channels)
                        + (channels == 1 ? " channel (grey)" : " channels")
                        + ", and Vitrine gives it red, green and blue: only networks of three channels can be shown");
    }

    void computePositions()
    {
        if (!m_map.family || !m_map.family->positions)
            throw Error(
                notANetwork("it has no learned position embeddings (\"pos_embed\"); it may have relative or rotary ones"));
        const KnownSizes sizes = knownSizes(m_facts, m_overrides);
        const std::optional<Grid> size = sizes.said ? sizes.said : sizes.trained ? sizes.trained : sizes.asked;
        if (!size)
            throw Error("its positions are computed, as SimpleViT's, and the file does not say for which picture size: give "
                        "it with --image-size");
        const Grid grid{size->height / m_spec.patchHeight, size->width / m_spec.patchWidth};
        const int width = m_spec.width;
        if (width % 4 != 0 || width < 8 || grid.patches() < 1 || grid.patches() > MaxWidth)
            throw Error("its positions cannot be computed for pictures of " + std::to_string(size->height) + "x"
                        + std::to_string(size->width) + ": give the size it was made for with --image-size");
        const Shape shape{1, grid.patches(), width};
        m_map.tensors["pos_embed"] = {shape, {}, [formula = m_map.family->positions, grid, width](const Checkpoint&) {
                                          return formula(grid, width);
                                      }};
        m_spec.assume(Severity::Information,
                      "Its positions were computed (sines and cosines of column and row, as SimpleViT's).");
    }

    /// Positions for the patches alone: DeiT-III, networks with registers, MONAI's, and what a configuration names.
    bool canLeaveOutPrefix() const
    {
        return !m_spec.cls || m_spec.registers > 0 || m_spec.layerScale || m_told.patchesAlone
               || m_facts.positionsCoverPrefix == false;
    }

    void fillVitPositions()
    {
        ModelSpec& spec = m_spec;
        const int rows = axis(m_map, "pos_embed", 1, 3);
        const int own = (spec.cls ? 1 : 0) + (spec.distillation ? 1 : 0);
        std::vector<int> prefixes{own, 0};
        if (spec.registers > 0) {
            prefixes = m_told.registersHaveRows ? std::vector<int>{0, own + spec.registers, own}
                                                : std::vector<int>{own, 0, own + spec.registers};
        }
        // With a layer scale, CLS has no position as a rule: then a grid that is asked for fits by accident, if it does.
        if (m_facts.positionsCoverPrefix == false || (m_told.squareIsOfPatches && squareGrid(rows)))
            prefixes = {0};
        std::vector<int> square = prefixes;
        // FlexiViT's 15 x 15 positions leave CLS out, which nothing else in it tells.
        const bool flexi = rows == 225 && spec.patchHeight == 16 && spec.patchWidth == 16;
        if (!canLeaveOutPrefix() && !flexi)
            std::erase(square, 0);
        const Positions positions = layOutPositions(rows, prefixes, square, knownSizes(m_facts, m_overrides),
                                                    {spec.patchHeight, spec.patchWidth});
        takeGrid(positions);
        spec.positionsCoverPrefix = positions.prefix > 0;
        if (flexi && !positions.told && !spec.positionsCoverPrefix && !canLeaveOutPrefix())
            m_told.guesses.emplace_back("15x15 positions without one for CLS, as FlexiViT (--trained-size)");
        if (spec.registers > 0 && positions.prefix == own && own > 0)
            padRegisterPositions(m_map, own, spec.registers);
    }

    /// Rotary positions alone fit any grid: that of the size a configuration or a person names, else of 224 pixels.
    void takeGridWithoutPositions()
    {
        constexpr int Usual = 224;
        const KnownSizes sizes = knownSizes(m_facts, m_overrides);
        const Grid size = sizes.said.value_or(sizes.trained.value_or(Grid{Usual, Usual}));
        m_spec.positionsCoverPrefix = false;
        if (m_spec.trainedGridHeight > 0)
            return;
        m_spec.trainedGridHeight = std::max(1, size.height / m_spec.patchHeight);
        m_spec.trainedGridWidth = std::max(1, size.width / m_spec.patchWidth);
    }

    void takeGrid(const Positions& positions)
    {
        m_spec.trainedGridHeight = positions.grid.height;
        m_spec.trainedGridWidth = positions.grid.width;
        if (!positions.doubt.empty())
            m_spec.assume(Severity::Doubtful, positions.doubt);
    }

    void fillTnt()
    {
        ModelSpec& spec = m_spec;
        spec.width = axis(m_map, "cls_token", 2, 3);
        spec.mlpWidth = axis(m_map, "blocks.0.mlp.fc1.weight", 0, 2);
        spec.qkvBias = m_map.has("blocks.0.attn_out.qk.bias");
        spec.attentionWidth = axis(m_map, "blocks.0.attn_out.v.weight", 0, 2);
        askFamily();
        fillInner();
        const int rows = axis(m_map, "patch_pos", 1, 3);
        const Grid patch = patchOfTnt(rows);
        spec.patchHeight = patch.height;
        spec.patchWidth = patch.width;
        takeGrid(layOutPositions(rows, {1}, {1}, knownSizes(m_facts, m_overrides), patch));
        fillStride();
    }

    void fillInner()
    {
        InnerSpec& inner = m_spec.inner;
        inner.width = axis(m_map, "pixel_embed.proj.weight", 0, 4);
        requireColour("pixel_embed.proj.weight");
        inner.kernel = axis(m_map, "pixel_embed.proj.weight", 2, 4);
        inner.side = axis(m_map, "pixel_pos", 2, 4);
        if (inner.side > MaxInnerSide)
            throw Error("a patch has " + std::to_string(inner.side) + "x" + std::to_string(inner.side)
                        + " inner tokens, which no TNT has");
        inner.mlpWidth = axis(m_map, "blocks.0.mlp_in.fc1.weight", 0, 2);
        inner.attentionWidth = axis(m_map, "blocks.0.attn_in.v.weight", 0, 2);
        inner.legacy = !m_map.has("blocks.0.norm2_proj.weight");
        inner.wholePicture = inner.legacy && !m_told.cutsPixels;
        inner.stemProjection = m_map.has("proj.weight") || !m_told.cutsPixels;
        inner.padding = m_told.cutsPixels ? 0 : 3;
        if (m_overrides.innerHeads) {
            inner.heads = *m_overrides.innerHeads;
        } else if (m_facts.innerHeads) {
            inner.heads = *m_facts.innerHeads;
        } else if (m_facts.named && m_facts.named->innerWidth == inner.width) {
            inner.heads = m_facts.named->innerHeads;
        } else {
            // TNT-Ti has 2, TNT-S and TNT-B have 4.
            inner.heads = m_told.headWidth > 0 ? inner.attentionWidth / m_told.headWidth : inner.width == 12 ? 2 : 4;
            m_told.guesses.push_back(std::to_string(inner.heads) + " inner heads (--inner-heads)");
        }
        requireDivisor(inner.attentionWidth, inner.heads, "an inner transformer",
                       "correct num_heads_inner in its config.json or give --inner-heads");
    }

    /// In pixels: a configuration's; else what makes the picture size fit the positions; else that of the published TNTs.
    Grid patchOfTnt(int rows)
    {
        const InnerSpec& inner = m_spec.inner;
        if (m_facts.patchHeight && m_facts.patchWidth)
            return {*m_facts.patchHeight, *m_facts.patchWidth};
        const int usual = m_told.cutsPixels ? inner.side * inner.kernel : inner.side * 4;
        const KnownSizes sizes = knownSizes(m_facts, m_overrides);
        const std::optional<Grid> square = squareGrid(rows - 1);
        const bool published = rows == 197
                               && ((m_spec.width == 192 && inner.width == 12) || (m_spec.width == 384 && inner.width == 24)
                                   || (m_spec.width == 640 && inner.width == 40));
        for (const std::optional<Grid>& size : {sizes.said, sizes.trained, sizes.asked}) {
            if (!size || m_told.cutsPixels || (published && size == sizes.asked))
                continue;
            if (size->height % usual == 0 && size->width % usual == 0
                && Grid{size->height / usual, size->width / usual}.patches() == rows - 1)
                break;
            if (!square || size->height % square->height != 0 || size->width % square->width != 0)
                continue;
            const Grid patch{size->height / square->height, size->width / square->width};
            if (patch.height != patch.width || patch.height % inner.side != 0)
                continue;
            if (size == sizes.asked && !sizes.said && !sizes.trained)
                m_spec.assume(Severity::Doubtful,
                              "Patches of " + std::to_string(patch.height) + "x" + std::to_string(patch.width)
                                  + " pixels were assumed, with which the positions fit the size that is asked for; the "
                                    "published TNTs have "
                                  + std::to_string(usual) + "x" + std::to_string(usual) + ": --trained-size says otherwise.");
            return patch;
        }
        m_told.guesses.push_back("patches of " + std::to_string(usual) + "x" + std::to_string(usual)
                                 + " pixels (--trained-size)");
        return {usual, usual};
    }

    void fillStride()
    {
        ModelSpec& spec = m_spec;
        spec.inner.stride = m_facts.stemStride.value_or(std::max(1, spec.patchHeight / spec.inner.side));
        const int tokens = (spec.patchHeight + 2 * spec.inner.padding - spec.inner.kernel) / spec.inner.stride + 1;
        if (spec.patchHeight != spec.patchWidth || tokens != spec.inner.side)
            throw Error("patches of " + std::to_string(spec.patchHeight) + "x" + std::to_string(spec.patchWidth)
                        + " pixels with a stride of " + std::to_string(spec.inner.stride) + " do not make "
                        + std::to_string(spec.inner.side) + "x" + std::to_string(spec.inner.side)
                        + " inner tokens: correct patch_size or first_stride in its config.json, or give --trained-size");
    }

    void fillHeads()
    {
        ModelSpec& spec = m_spec;
        if (spec.qkNorm)
            m_headsTold = spec.attentionWidth / axis(m_map, "blocks.0.attn.q_norm.weight", 0, 1);
        else if (m_map.headsFromShape > 0)
            m_headsTold = m_map.headsFromShape;
        if (m_overrides.heads) {
            spec.heads = *m_overrides.heads;
            requireDivisor(spec.attentionWidth, spec.heads, "a network", "give a divisor with --heads");
            return;
        }
        if (spec.attentionWidth != spec.width && m_told.headWidth == 0 && m_headsTold == 0)
            throw Error("q, k and v are " + std::to_string(spec.attentionWidth) + " wide in a network of width "
                        + std::to_string(spec.width) + ", as where heads were pruned: say how many are left with --heads");
        if (m_headsTold > 0)
            spec.heads = m_headsTold;
        else if (m_facts.heads)
            spec.heads = *m_facts.heads;
        else if (m_facts.named && m_facts.named->width == spec.width)
            spec.heads = m_facts.named->heads;
        else if (spec.heads == 0)  // a family's own are what it was published with
            guessHeads();
        requireDivisor(spec.attentionWidth, spec.heads, "a network", "correct its config.json or give --heads");
    }

    void guessHeads()
    {
        ModelSpec& spec = m_spec;
        spec.heads = m_told.headWidth > 0 ? spec.attentionWidth / m_told.headWidth : usualHeads(spec.width);
        if (spec.heads == 0)
            throw Error("the number of heads is not in the file, and cannot be guessed from the width "
                        + std::to_string(spec.attentionWidth) + ": give it with --heads");
        m_told.guesses.push_back(std::to_string(spec.heads) + (spec.heads == 1 ? " head" : " heads") + " of "
                                 + std::to_string(spec.attentionWidth / spec.heads) + " channels (--heads)");
    }

    void fillAttentionPool()
    {
        m_spec.pool = Pool::Attention;
        if (m_spec.poolHeads == 0)
            m_spec.poolHeads = m_spec.heads;
        requireDivisor(m_spec.width, m_spec.poolHeads, "attention pooling", "correct its config.json or give --heads");
        m_spec.poolMlpWidth = m_map.has("attn_pool.mlp.fc1.weight") ? axis(m_map, "attn_pool.mlp.fc1.weight", 0, 2) : 0;
    }

    void fillPooling()
    {
        ModelSpec& spec = m_spec;
        const bool toldByNorm = spec.fcNorm && m_map.headNorm.empty();
        if (!m_map.headNorm.empty())
            spec.fcNormEpsilon = 1e-5;
        const bool ofFamily = spec.pool != Pool::Cls;
        const Pool usual = ofFamily ? spec.pool : toldByNorm || !spec.cls ? Pool::Mean : Pool::Cls;
        spec.pool = m_overrides.pool.value_or(m_facts.pool.value_or(usual));
        if (usual == Pool::Attention || spec.pool == Pool::Attention)
            fillAttentionPool();
        if (!spec.cls && (spec.pool == Pool::Cls || spec.pool == Pool::ClsMean)) {
            if (m_overrides.pool)
                throw Error(
                    "the network has no CLS token, so that its head can only take the mean of the patches: leave out --pool");
            spec.pool = Pool::Mean;
        }
        spec.headProblem = m_map.headProblem;
        if (!m_map.has("head.weight"))
            return;
        spec.classes = axis(m_map, "head.weight", 0, 2);
        spec.preLogits = m_map.has("pre_logits.weight") ? axis(m_map, "pre_logits.weight", 0, 2) : 0;
        const bool twice = spec.cls && axis(m_map, "head.weight", 1, 2) == 2 * spec.width;
        if (twice)
            spec.pool = Pool::ClsMean;
        if (!m_overrides.pool && !m_facts.pool && spec.cls && !twice && !toldByNorm && !ofFamily
            && (!m_told.pool || !m_map.headNorm.empty()))
            m_told.guesses.push_back("a head on CLS (--pool)");
        if (!m_map.headNorm.empty() && !m_told.headNorm)
            m_told.guesses.push_back("epsilon 1e-5 in the head's norm \"" + m_map.headNorm + "\"");
        m_map.tensors.emplace("head.bias", zeroRecipe({spec.classes}));
    }

    void fillNumerics()
    {
        ModelSpec& spec = m_spec;
        spec.layerNormEpsilon = m_facts.layerNormEpsilon.value_or(spec.layerNormEpsilon);
        spec.activation = m_overrides.activation.value_or(m_facts.activation.value_or(spec.activation));
        spec.positionResampling = m_facts.positionResampling.value_or(spec.positionResampling);
        if (m_told.numerics)
            return;
        if (!m_overrides.activation && !m_facts.activation && spec.mlp == Mlp::Plain)
            m_told.guesses.emplace_back("exact GELU (--activation)");
        if (!m_facts.layerNormEpsilon) {
            std::ostringstream text;
            text << "epsilon " << spec.layerNormEpsilon << " in the norms";
            m_told.guesses.push_back(text.str());
        }
    }

    void sayGuesses()
    {
        if (m_told.guesses.empty())
            return;
        std::string text = "The files do not say them, and they were assumed: ";
        for (std::size_t i = 0; i < m_told.guesses.size(); ++i)
            text += (i ? "; " : "") + m_told.guesses[i];
        m_spec.assume(Severity::Doubtful, text + ".");
    }

    /// A network's own size may leave a rest (so400m: 27 patches of 14 from 384 pixels); one that a person asks for is a
    /// slip, unless it makes the trained grid.
    void requireWholePatches() const
    {
        const ModelSpec& spec = m_spec;
        const bool trained = spec.gridHeight() == spec.trainedGridHeight && spec.gridWidth() == spec.trainedGridWidth;
        const bool rest = spec.imageHeight % spec.patchHeight != 0 || spec.imageWidth % spec.patchWidth != 0;
        if (spec.imageHeight < spec.patchHeight || spec.imageWidth < spec.patchWidth || spec.imageHeight > MaxImage
            || spec.imageWidth > MaxImage || (rest && m_overrides.imageHeight && !trained))
            throw Error("pictures of " + std::to_string(spec.imageHeight) + "x" + std::to_string(spec.imageWidth)
                        + " do not divide into patches of " + std::to_string(spec.patchHeight) + "x"
                        + std::to_string(spec.patchWidth) + ": choose a multiple with --image-size");
    }

    TensorMap& m_map;
    const ConfigFacts& m_facts;
    const ModelOverrides& m_overrides;
    ModelSpec m_spec;
    int m_headsTold = 0;
    FamilySays m_told;
};

}  // namespace

ModelSpec buildSpec(TensorMap& map, const ConfigFacts& facts, const ModelOverrides& overrides, std::string name)
{
    return SpecBuilder(map, facts, overrides).build(std::move(name));
}

}  // namespace vitrine
