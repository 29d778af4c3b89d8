// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "core/base/error.h"
#include "core/model/tensor_map.h"

namespace vitrine {

namespace {

/// A name that begins with `from` begins with `to` instead; an empty `to` leaves the tensor out.
struct Rule {
    std::string_view from, to;
};

/// The names of one family: how its blocks are numbered, the names in a block and outside of the blocks.
struct Dialect {
    std::span<const std::string_view> blocks;
    std::span<const Rule> inBlock, outside;
};

// clang-format off: two columns of names are easier to compare
constexpr std::array<std::string_view, 1> TimmBlocks{"blocks."};
constexpr std::array TimmInBlock{
    Rule{"norm1.", "norm1."},       Rule{"norm2.", "norm2."},       Rule{"attn.qkv.", "attn.qkv."},
    Rule{"attn.proj.", "attn.proj."}, Rule{"attn.q_norm.", "attn.q_norm."}, Rule{"attn.k_norm.", "attn.k_norm."},
    Rule{"mlp.fc1_g.", "mlp.w1."},  Rule{"mlp.fc1_x.", "mlp.w2."},  Rule{"mlp.fc1.", "mlp.fc1."},
    Rule{"mlp.fc2.", "mlp.fc2."},   Rule{"mlp.w12.", "mlp.w12."},   Rule{"mlp.w3.", "mlp.w3."},
    Rule{"ls1.gamma", "ls1.gamma"}, Rule{"ls2.gamma", "ls2.gamma"}, Rule{"gamma_1", "ls1.gamma"},
    Rule{"gamma_2", "ls2.gamma"},
};
constexpr std::array TimmOutside{
    Rule{"cls_token", "cls_token"},   Rule{"dist_token", "dist_token"},   Rule{"reg_token", "reg_token"},
    Rule{"register_tokens", "reg_token"}, Rule{"pos_embed", "pos_embed"}, Rule{"patch_embed.proj.", "patch_embed.proj."},
    Rule{"norm_pre.", "norm_pre."},   Rule{"norm.", "norm."},             Rule{"fc_norm.", "fc_norm."},
    Rule{"head.weight", "head.weight"}, Rule{"head.bias", "head.bias"},   Rule{"linear_head.", "head."},
    Rule{"head_dist.", "head_dist."}, Rule{"mask_token", ""},
};

constexpr std::array TntInBlock{
    Rule{"norm_in.", "norm_in."},         Rule{"attn_in.", "attn_in."},         Rule{"norm_mlp_in.", "norm_mlp_in."},
    Rule{"mlp_in.", "mlp_in."},           Rule{"norm1_proj.", "norm1_proj."},   Rule{"proj.", "proj."},
    Rule{"norm2_proj.", "norm2_proj."},   Rule{"norm_out.", "norm_out."},       Rule{"attn_out.", "attn_out."},
    Rule{"norm_mlp.", "norm_mlp."},       Rule{"mlp.", "mlp."},
};
constexpr std::array TntOutside{
    Rule{"cls_token", "cls_token"},       Rule{"patch_pos", "patch_pos"},       Rule{"pixel_pos", "pixel_pos"},
    Rule{"pixel_embed.proj.", "pixel_embed.proj."}, Rule{"norm1_proj.", "norm1_proj."}, Rule{"proj.", "proj."},
    Rule{"norm2_proj.", "norm2_proj."},   Rule{"norm.", "norm."},               Rule{"head.", "head."},
};

constexpr std::array HuaweiInBlock{
    Rule{"inner_norm1.", "norm_in."},     Rule{"inner_attn.", "attn_in."},      Rule{"inner_norm2.", "norm_mlp_in."},
    Rule{"inner_mlp.", "mlp_in."},        Rule{"proj_norm1.", "norm1_proj."},   Rule{"proj.", "proj."},
    Rule{"proj_norm2.", "norm2_proj."},   Rule{"outer_norm1.", "norm_out."},    Rule{"outer_attn.", "attn_out."},
    Rule{"outer_norm2.", "norm_mlp."},    Rule{"outer_mlp.", "mlp."},
};
constexpr std::array HuaweiOutside{
    Rule{"cls_token", "cls_token"},       Rule{"outer_pos", "patch_pos"},       Rule{"inner_pos", "pixel_pos"},
    Rule{"patch_embed.proj.", "pixel_embed.proj."}, Rule{"proj_norm1.", "norm1_proj."}, Rule{"proj.", "proj."},
    Rule{"proj_norm2.", "norm2_proj."},   Rule{"norm.", "norm."},               Rule{"head.", "head."},
    Rule{"outer_tokens", ""},
};

// The names of transformers 4 and those of transformers 5 side by side.
constexpr std::array<std::string_view, 2> HuggingFaceBlocks{"encoder.layer.", "layers."};
constexpr std::array HuggingFaceInBlock{
    Rule{"attention.attention.query.", "attn.q."},    Rule{"attention.q_proj.", "attn.q."},
    Rule{"attention.attention.key.", "attn.k."},      Rule{"attention.k_proj.", "attn.k."},
    Rule{"attention.attention.value.", "attn.v."},    Rule{"attention.v_proj.", "attn.v."},
    Rule{"attention.output.dense.", "attn.proj."},    Rule{"attention.o_proj.", "attn.proj."},
    Rule{"layernorm_before.", "norm1."},              Rule{"norm1.", "norm1."},
    Rule{"layernorm_after.", "norm2."},               Rule{"norm2.", "norm2."},
    Rule{"intermediate.dense.", "mlp.fc1."},          Rule{"mlp.fc1.", "mlp.fc1."},
    Rule{"output.dense.", "mlp.fc2."},                Rule{"mlp.fc2.", "mlp.fc2."},
    Rule{"mlp.weights_in.", "mlp.w12."},              Rule{"mlp.weights_out.", "mlp.w3."},
    Rule{"mlp.gate_proj.", "mlp.w1."},                Rule{"mlp.up_proj.", "mlp.w2."},
    Rule{"mlp.down_proj.", "mlp.w3."},                Rule{"layer_scale1.lambda1", "ls1.gamma"},
    Rule{"layer_scale2.lambda1", "ls2.gamma"},
};
constexpr std::array HuggingFaceOutside{
    Rule{"embeddings.cls_token", "cls_token"},        Rule{"embeddings.distillation_token", "dist_token"},
    Rule{"embeddings.register_tokens", "reg_token"},  Rule{"embeddings.position_embeddings", "pos_embed"},
    Rule{"embeddings.patch_embeddings.projection.", "patch_embed.proj."},
    Rule{"layernorm.", "norm."},                      Rule{"classifier.", "head."},
    Rule{"cls_classifier.", "head."},                 Rule{"distillation_classifier.", "head_dist."},
    Rule{"embeddings.mask_token", ""},                Rule{"pooler.", ""},
};

constexpr std::array<std::string_view, 1> TorchvisionBlocks{"encoder.layers.encoder_layer_"};
constexpr std::array TorchvisionInBlock{
    Rule{"ln_1.", "norm1."},                          Rule{"ln_2.", "norm2."},
    Rule{"self_attention.in_proj_weight", "attn.qkv.weight"}, Rule{"self_attention.in_proj_bias", "attn.qkv.bias"},
    Rule{"self_attention.out_proj.", "attn.proj."},   Rule{"mlp.0.", "mlp.fc1."},
    Rule{"mlp.linear_1.", "mlp.fc1."},                Rule{"mlp.3.", "mlp.fc2."},
    Rule{"mlp.linear_2.", "mlp.fc2."},
};
constexpr std::array TorchvisionOutside{
    Rule{"class_token", "cls_token"},                 Rule{"encoder.pos_embedding", "pos_embed"},
    Rule{"conv_proj.", "patch_embed.proj."},          Rule{"encoder.ln.", "norm."},
    Rule{"heads.head.", "head."},
};
// clang-format on

Dialect dialectOf(Naming naming)
{
    switch (naming) {
    case Naming::TimmTnt:
        return {TimmBlocks, TntInBlock, TntOutside};
    case Naming::HuaweiTnt:
        return {TimmBlocks, HuaweiInBlock, HuaweiOutside};
    case Naming::HuggingFace:
        return {HuggingFaceBlocks, HuggingFaceInBlock, HuggingFaceOutside};
    case Naming::Torchvision:
        return {TorchvisionBlocks, TorchvisionInBlock, TorchvisionOutside};
    case Naming::TimmVit:
    case Naming::Google:
        break;
    }
    return {TimmBlocks, TimmInBlock, TimmOutside};
}

/// Takes "12." off the front of `rest`; false when there is no number.
bool takeIndex(std::string_view& rest, std::string& index)
{
    const std::size_t dot = rest.find('.');
    if (dot == std::string_view::npos || dot == 0 || dot > 4)
        return false;
    const std::string_view digits = rest.substr(0, dot);
    if (!std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; }))
        return false;
    index = digits;
    rest.remove_prefix(dot + 1);
    return true;
}

enum class Fate { Renamed, LeftOut, Unknown };

struct NewName {
    Fate fate = Fate::Unknown;
    std::string name;
};

NewName applyRules(std::span<const Rule> rules, std::string_view rest, const std::string& block)
{
    for (const Rule& rule : rules) {
        if (!rest.starts_with(rule.from))
            continue;
        if (rule.to.empty())
            return {Fate::LeftOut, {}};
        return {Fate::Renamed, block + std::string(rule.to) + std::string(rest.substr(rule.from.size()))};
    }
    return {};
}

NewName renamed(const Dialect& dialect, std::string_view name)
{
    for (const std::string_view blocks : dialect.blocks) {
        std::string index;
        std::string_view rest = name;
        if (!name.starts_with(blocks))
            continue;
        rest.remove_prefix(blocks.size());
        if (!takeIndex(rest, index))
            continue;
        takeIndex(rest, index);  // DINOv2 trains in chunks: "blocks.CHUNK.INDEX."
        return applyRules(dialect.inBlock, rest, "blocks." + index + ".");
    }
    return applyRules(dialect.outside, name, {});
}

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

/// Replaces "<name>.q", "<name>.k" ... by their stack "<name>.qkv", where all of them are there.
void fuse(TensorMap& map, std::string_view last, std::span<const std::string_view> partNames, std::string_view whole)
{
    std::vector<std::string> stems;
    for (const auto& [name, recipe] : map.tensors) {
        for (const std::string_view kind : {".weight", ".bias"}) {
            const std::string end = std::string(last) + std::string(kind);
            if (name.ends_with(end))
                stems.push_back(name.substr(0, name.size() - end.size()) + "|" + std::string(kind));
        }
    }
    for (const std::string& stem : stems) {
        const std::string before = stem.substr(0, stem.find('|'));
        const std::string kind = stem.substr(stem.find('|') + 1);
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
    if (found == map.tensors.end() || found->second.shape.size() != 3)
        return;
    const std::int64_t tokens = found->second.shape[1];
    const std::int64_t width = found->second.shape[2];
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

std::string sourceName(const NameTable& table, const TensorMap& map)
{
    switch (table.naming) {
    case Naming::HuaweiTnt:
        return "Huawei TNT";
    case Naming::HuggingFace:
        if (map.has("blocks.0.ls1.gamma"))
            return map.has("reg_token") ? "Hugging Face Dinov2 with registers" : "Hugging Face Dinov2";
        return map.has("dist_token") ? "Hugging Face DeiT" : "Hugging Face ViT";
    case Naming::Torchvision:
        return "torchvision";
    default:
        break;
    }
    if (table.find("register_tokens") || table.find("mask_token"))
        return table.find("decoder_pos_embed") ? "MAE" : "DINOv2";
    if (table.prefix.find("teacher.") != std::string::npos || table.prefix.find("student.") != std::string::npos)
        return "DINO";
    return table.find("blocks.0.gamma_1") ? "DeiT III" : "timm";
}

std::string listed(const std::vector<std::string>& names)
{
    constexpr std::size_t Shown = 3;
    std::string text;
    for (std::size_t i = 0; i < std::min(names.size(), Shown); ++i)
        text += (i ? ", \"" : "\"") + names[i] + "\"";
    return names.size() > Shown ? text + " and " + std::to_string(names.size() - Shown) + " more" : text;
}

void refuseUnsupported(const NameTable& table)
{
    for (const auto& [name, tensor] : table.names) {
        if (name.starts_with("attn_pool.") || name.find("MAPHead_0/") != std::string::npos)
            throw Error("The network pools by attention (\"" + tensor->name + "\"), which is not supported.");
        if (name.starts_with("heads.pre_logits."))
            throw Error("The network has a layer between the last norm and the head (\"" + tensor->name
                        + "\"), which is not supported.");
        if (name.find(".se.") != std::string::npos || name.find("_se.") != std::string::npos)
            throw Error("The network has squeeze-and-excitation (\"" + tensor->name + "\"), which is not supported.");
    }
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
    reshape("patch_embed.proj.weight", [](const Shape& shape) {
        if (shape.size() != 2)
            return shape;
        const auto side = static_cast<std::int64_t>(std::llround(std::sqrt(static_cast<double>(shape[1]) / 3.0)));
        return Shape{shape[0], 3, side, side};
    });
}

TensorMap mapNamedTensors(const NameTable& table)
{
    TensorMap map;
    const Dialect dialect = dialectOf(table.naming);
    std::vector<std::string> unknown;
    for (const auto& [name, tensor] : table.names) {
        const NewName to = renamed(dialect, name);
        if (to.fate == Fate::Renamed)
            map.tensors.insert_or_assign(to.name, reshapedRecipe(*tensor, tensor->shape));
        else if (to.fate == Fate::Unknown)
            unknown.push_back(tensor->name);
    }
    if (!unknown.empty())
        map.notes.push_back({Severity::Doubtful, "Tensors that the network does not use were left out: " + listed(unknown) + "."});
    transposeInnerPositions(map);
    return map;
}

} // namespace

const Shape* TensorMap::shape(std::string_view name) const
{
    const auto found = tensors.find(name);
    return found == tensors.end() ? nullptr : &found->second.shape;
}

TensorRecipe reshapedRecipe(const TensorInfo& tensor, Shape shape)
{
    return {shape, {tensor.name}, [name = tensor.name, shape](const Checkpoint& checkpoint) {
                return checkpoint.read(name).reshaped(shape);
            }};
}

TensorMap mapTensors(const NameTable& table)
{
    refuseUnsupported(table);
    TensorMap map = table.naming == Naming::Google ? mapGoogleTensors(table) : mapNamedTensors(table);
    constexpr std::array<std::string_view, 3> Qkv{".attn.q", ".attn.k", ".attn.v"};
    fuse(map, ".attn.q", Qkv, ".attn.qkv");
    constexpr std::array<std::string_view, 2> Gate{".mlp.w1", ".mlp.w2"};
    fuse(map, ".mlp.w1", Gate, ".mlp.w12");
    unpackSwiGlu(map);
    canonicalShapes(map);
    if (map.source.empty())
        map.source = sourceName(table, map);
    return map;
}

} // namespace vitrine
