// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <span>

#include "core/base/error.h"
#include "core/model/account.h"
#include "core/model/dialects.h"
#include "core/model/family.h"
#include "core/model/head.h"
#include "core/model/linear_patches.h"
#include "core/model/quantised.h"
#include "core/model/tensor_map.h"

namespace vitrine {

namespace {

/// The recipes one below the other along the first axis.
TensorRecipe stacked(std::vector<TensorRecipe> parts)
{
    TensorRecipe whole;
    whole.shape = parts.front().shape;
    whole.shape[0] = 0;
    for (const TensorRecipe& part : parts) {
        whole.shape[0] += part.shape.empty() ? 0 : part.shape[0];
        whole.sources.insert(whole.sources.end(), part.sources.begin(), part.sources.end());
    }
    whole.read = [parts, shape = whole.shape](const Checkpoint& checkpoint) {
        std::vector<float> values;
        values.reserve(static_cast<std::size_t>(elementCount(shape)));
        for (const TensorRecipe& part : parts) {
            const NdArray read = part.read(checkpoint);
            values.insert(values.end(), read.values().begin(), read.values().end());
        }
        return NdArray(shape, std::move(values));
    };
    return whole;
}

bool alike(const std::vector<TensorRecipe>& parts)
{
    return std::all_of(parts.begin(), parts.end(),
                       [&](const TensorRecipe& part) { return !part.shape.empty() && part.shape == parts.front().shape; });
}

/// Every "STEM" whose tensors STEM + `end` the map has.
std::set<std::string> stemsOf(const TensorMap& map, std::string_view end)
{
    std::set<std::string> stems;
    for (const auto& [name, recipe] : map.tensors) {
        if (name.ends_with(end))
            stems.insert(name.substr(0, name.size() - end.size()));
    }
    return stems;
}

/// Replaces "<name>.q", "<name>.k" ... by their stack "<name>.qkv", where all of them are there.
void fuse(TensorMap& map, std::span<const std::string_view> partNames, std::string_view whole)
{
    for (const std::string kind : {".weight", ".bias"}) {
        for (const std::string& before : stemsOf(map, std::string(partNames.front()) + kind)) {
            std::vector<TensorRecipe> parts;
            for (const std::string_view part : partNames) {
                const auto found = map.tensors.find(before + std::string(part) + kind);
                if (found != map.tensors.end())
                    parts.push_back(found->second);
            }
            if (parts.size() != partNames.size() || !alike(parts))
                continue;
            for (const std::string_view part : partNames)
                map.tensors.erase(before + std::string(part) + kind);
            map.tensors.insert_or_assign(before + std::string(whole) + kind, stacked(std::move(parts)));
        }
    }
}

/// Biases for q and v alone, as BEiT, EVA and MAE's PyTorch port have them: k gets zeros. A bias of k would change nothing:
/// it adds the same to all scores of a query.
void completeKeyBiases(TensorMap& map)
{
    for (const std::string& before : stemsOf(map, ".attn.q.bias")) {
        const auto query = map.tensors.find(before + ".attn.q.bias");
        const bool value = map.has(before + ".attn.v.bias");
        if (value && !map.has(before + ".attn.k.bias"))
            map.tensors.emplace(before + ".attn.k.bias", zeroRecipe(query->second.shape));
    }
}

void completeLinearBiases(TensorMap& map)
{
    // A linear layer without a bias adds nothing; where only some blocks have one, the file is not whole.
    for (const std::string layer : {".attn.proj", ".attn_in.proj", ".attn_out.proj", ".mlp.fc1", ".mlp.fc2", ".mlp_in.fc1",
                                    ".mlp_in.fc2", ".mlp.w12", ".mlp.w3"}) {
        if (!stemsOf(map, layer + ".bias").empty())
            continue;
        for (const std::string& before : stemsOf(map, layer + ".weight")) {
            if (const Shape shape = map.tensors.at(before + layer + ".weight").shape; shape.size() == 2)
                map.tensors.emplace(before + layer + ".bias", zeroRecipe({shape[0]}));
        }
    }
}

/// The rows of q and k, and those of v, of a matrix that holds all three: TNT's canonical names.
void splitTntAttention(TensorMap& map)
{
    for (const std::string attention : {".attn_in", ".attn_out"}) {
        for (const std::string kind : {".weight", ".bias"}) {
            for (const std::string& before : stemsOf(map, attention + ".qkv" + kind)) {
                const TensorRecipe whole = map.tensors.extract(before + attention + ".qkv" + kind).mapped();
                const std::int64_t third = thirdOfRows(whole);
                map.tensors.insert_or_assign(before + attention + ".qk" + kind, rowsRecipe(whole, 0, 2 * third));
                map.tensors.insert_or_assign(before + attention + ".v" + kind, rowsRecipe(whole, 2 * third, third));
            }
        }
    }
}

/// timm packs SwiGLU's two halves into fc1 (the hidden width of fc2 is then half as large) or keeps them apart.
void unpackSwiGlu(TensorMap& map)
{
    const Shape* first = map.shape("blocks.0.mlp.fc1.weight");
    const Shape* second = map.shape("blocks.0.mlp.fc2.weight");
    const bool packed = first && second && first->size() == 2 && second->size() == 2 && (*first)[0] == 2 * (*second)[1];
    const bool halves = map.has("blocks.0.mlp.w12.weight") && second;
    if (!packed && !halves)
        return;
    std::map<std::string, TensorRecipe, std::less<>> tensors;
    for (auto& [name, recipe] : map.tensors) {
        std::string to = name;
        for (const auto& [from, into] : {Rule{".mlp.fc1.", ".mlp.w12."}, Rule{".mlp.fc2.", ".mlp.w3."}}) {
            if (const std::size_t at = to.find(from); at != std::string::npos)
                to.replace(at, from.size(), into);
        }
        tensors.emplace(std::move(to), std::move(recipe));
    }
    map.tensors = std::move(tensors);
}

/// Huawei's [1, t, c] to timm's [1, c, side, side].
void transposeInnerPositions(TensorMap& map)
{
    const auto found = map.tensors.find("pixel_pos");
    if (found == map.tensors.end() || (found->second.shape.size() != 3 && found->second.shape.size() != 2))
        return;
    const std::int64_t tokens = found->second.shape.end()[-2];
    const std::int64_t width = found->second.shape.back();
    const auto side = static_cast<std::int64_t>(std::llround(std::sqrt(static_cast<double>(tokens))));
    if (side * side != tokens)
        return;
    const Shape shape{1, width, side, side};
    found->second.read = [read = found->second.read, tokens, width, shape](const Checkpoint& checkpoint) {
        const NdArray from = read(checkpoint);
        std::vector<float> values(static_cast<std::size_t>(from.size()));
        for (std::int64_t token = 0; token < tokens; ++token) {
            for (std::int64_t channel = 0; channel < width; ++channel)
                values[static_cast<std::size_t>(channel * tokens + token)] = from.data()[token * width + channel];
        }
        return NdArray(shape, std::move(values));
    };
    found->second.shape = shape;
}

/// Brings tokens and positions to the ranks that Model::tensors promises.
void canonicalShapes(TensorMap& map)
{
    const auto reshape = [&map](std::string_view name, auto wanted) {
        const auto found = map.tensors.find(name);
        if (found == map.tensors.end() || found->second.shape.empty())
            return;
        Shape shape = wanted(found->second.shape);
        if (shape == found->second.shape || elementCount(shape) != elementCount(found->second.shape))
            return;
        found->second.read = [read = found->second.read, shape](const Checkpoint& c) { return read(c).reshaped(shape); };
        found->second.shape = std::move(shape);
    };
    const auto tokens = [](const Shape& shape) {
        const std::int64_t width = shape.back();
        return Shape{1, width > 0 ? elementCount(shape) / width : 0, width};
    };
    for (const std::string_view name : {"cls_token", "dist_token", "reg_token", "pos_embed", "patch_pos"})
        reshape(name, tokens);
    // An early version of the patch embedding is a matrix over the flattened patch.
    const auto convolution = [](const Shape& shape) {
        if (shape.size() != 2)
            return shape;
        const auto side = static_cast<std::int64_t>(std::llround(std::sqrt(static_cast<double>(shape[1]) / 3.0)));
        return Shape{shape[0], 3, side, side};
    };
    reshape("patch_embed.proj.weight", convolution);
    reshape("pixel_embed.proj.weight", convolution);
}

/// lucidrains' TNT learns a token for each patch instead of reading it off the pixels: its CLS, and what is added to the
/// others together with their positions.
void learnedPatchTokens(TensorMap& map)
{
    if (!map.has("patch_tokens"))
        return;
    const TensorRecipe tokens = map.tensors.extract("patch_tokens").mapped();
    const auto positions = map.tensors.find("patch_pos");
    if (tokens.shape.size() != 2 || positions == map.tensors.end() || positions->second.shape != tokens.shape
        || tokens.shape[0] < 2)
        throw Error("the tensor \"" + tokens.sources.front() + "\" has the shape " + toString(tokens.shape)
                    + ", which does not fit its positions");
    const std::int64_t rows = tokens.shape[0];
    const std::int64_t width = tokens.shape[1];
    map.tensors.insert_or_assign(
        "cls_token", changedRecipe(tokens, {1, 1, width}, [width](const NdArray& from) {
            return NdArray({1, 1, width}, std::vector<float>(from.values().begin(), from.values().begin() + width));
        }));
    TensorRecipe sum{tokens.shape,
                     {positions->second.sources.front(), tokens.sources.front()},
                     [position = positions->second.read, token = tokens.read, rows, width](const Checkpoint& checkpoint) {
                         const NdArray a = position(checkpoint), b = token(checkpoint);
                         std::vector<float> values(a.values().begin(), a.values().end());
                         for (std::int64_t i = width; i < rows * width; ++i)
                             values[static_cast<std::size_t>(i)] += b.data()[i];
                         return NdArray({rows, width}, std::move(values));
                     }};
    positions->second = std::move(sum);
    map.notes.push_back(
        {Severity::Information, "The learned tokens of the patches are shown as part of their position embeddings."});
}

/// Tensors of the network's own names, and those that no rule knows.
struct Renaming {
    TensorMap map;
    Names unknownInBlocks, unknownOutside;
};

Renaming renameAll(const NameTable& table)
{
    Renaming result;
    const Dialect dialect = table.family->names;
    for (const auto& [name, tensor] : table.names) {
        const NewName to = renamed(dialect, name);
        if (isScale(table, name))
            continue;
        if (to.fate == Fate::Renamed) {
            const bool empty = std::ranges::find(tensor->shape, 0) != tensor->shape.end();
            if (!table.family->leavesOutEmpty || !empty)
                result.map.tensors.insert_or_assign(to.name, plainOrDequantised(table, name, *tensor));
        } else if (to.fate == Fate::Unknown && !isHarmless(name, to.inBlock)) {
            (to.inBlock ? result.unknownInBlocks : result.unknownOutside).emplace(name, tensor);
        }
    }
    return result;
}

std::vector<std::string> fullNames(const Names& names)
{
    std::vector<std::string> full;
    for (const auto& [name, tensor] : names)
        full.push_back(tensor->name);
    return full;
}

void accountForTheRest(const NameTable& table, Renaming& renaming, const std::set<std::string, std::less<>>& ofHead)
{
    const auto isOfHead = [&](const auto& item) { return ofHead.contains(item.second->name); };
    std::erase_if(renaming.unknownOutside, isOfHead);
    std::vector<std::string> unknown = fullNames(renaming.unknownInBlocks);
    std::ranges::copy(fullNames(renaming.unknownOutside), std::back_inserter(unknown));
    refuseUnknown(unknown);

    std::vector<std::string> others;
    for (const auto& [name, tensor] : table.beside) {
        if (!ofHead.contains(name) && !isHarmless(name, false))
            others.push_back(name);
    }
    if (const std::string reason = foreignReason(others, false); !reason.empty())
        throw Error(notANetwork(reason));
    if (!others.empty())
        renaming.map.notes.push_back({Severity::Doubtful, "Tensors beside the network were left out: " + listed(others) + "."});
}

TensorMap mapNamedTensors(const NameTable& table)
{
    Renaming renaming = renameAll(table);
    TensorMap& map = renaming.map;
    const std::set<std::string, std::less<>> ofHead = findHead(table, renaming.unknownOutside, map);
    accountForTheRest(table, renaming, ofHead);
    if (table.family->tensors)
        table.family->tensors(table, map);
    transposeInnerPositions(map);
    learnedPatchTokens(map);
    return std::move(map);
}

std::int64_t countParameters(const NameTable& table, const TensorMap& map)
{
    std::set<std::string, std::less<>> sources;
    for (const auto& [name, recipe] : map.tensors)
        sources.insert(recipe.sources.begin(), recipe.sources.end());
    std::int64_t count = 0;
    for (const Names* names : {&table.names, &table.beside, &table.known}) {
        for (const auto& [name, tensor] : *names)
            count += sources.contains(tensor->name) ? elementCount(tensor->shape) : 0;
    }
    return count;
}

}  // namespace

TensorMap mapTensors(const NameTable& table)
{
    TensorMap map = table.family->map ? table.family->map(table) : mapNamedTensors(table);
    map.family = table.family;
    completeKeyBiases(map);
    constexpr std::array<std::string_view, 3> Qkv{".attn.q", ".attn.k", ".attn.v"};
    fuse(map, Qkv, ".attn.qkv");
    constexpr std::array<std::string_view, 2> Gate{".mlp.w1", ".mlp.w2"};
    fuse(map, Gate, ".mlp.w12");
    constexpr std::array<std::string_view, 2> KeyValue{"attn_pool.k", "attn_pool.v"};
    fuse(map, KeyValue, "attn_pool.kv");
    splitTntAttention(map);
    unpackSwiGlu(map);
    completeLinearBiases(map);
    linearPatchEmbedding(map);
    canonicalShapes(map);
    if (map.source.empty())
        map.source = table.family->source;
    map.parameters = countParameters(table, map);
    map.notes.insert(map.notes.end(), table.notes.begin(), table.notes.end());
    return map;
}

}  // namespace vitrine
