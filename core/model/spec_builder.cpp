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
#include "core/model/limits.h"
#include "core/model/structure.h"

namespace vitrine {

namespace {

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
        m_spec.architecture = m_map.has("pixel_embed.proj.weight") ? Architecture::Tnt : Architecture::Vit;
        m_spec.layers = countLayers(m_map);
        m_spec.parameters = m_map.parameters;
        if (m_spec.architecture == Architecture::Tnt)
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
    Structure structure() { return {m_map, m_facts, m_overrides, m_spec, m_told}; }

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
        requireColour(m_map, "patch_embed.proj.weight");
        spec.patchNorms = m_map.has("patch_embed.norm_in.weight");
        spec.cls = m_map.has("cls_token");
        if (spec.cls && axis(m_map, "cls_token", 1, 3) != 1)
            throw Error("this is not a ViT or TNT that Vitrine computes: it has "
                        + std::to_string(axis(m_map, "cls_token", 1, 3)) + " CLS tokens, as Pixio");
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
        readPositions(structure());
        m_map.tensors.emplace("patch_embed.proj.bias", zeroRecipe({spec.width}));
    }

    void fillTnt()
    {
        ModelSpec& spec = m_spec;
        spec.width = axis(m_map, "cls_token", 2, 3);
        spec.mlpWidth = axis(m_map, "blocks.0.mlp.fc1.weight", 0, 2);
        spec.qkvBias = m_map.has("blocks.0.attn_out.qk.bias");
        spec.attentionWidth = axis(m_map, "blocks.0.attn_out.v.weight", 0, 2);
        askFamily();
        readTnt(structure());
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
