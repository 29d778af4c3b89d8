// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <array>
#include <optional>
#include <tuple>

#include "core/base/error.h"
#include "core/model/tensor_map.h"

namespace vitrine {

namespace {

struct Anchor {
    std::string_view name;
    Naming naming;
};

// The first layer of each family: where it stands, there the network begins.
constexpr std::array Anchors{
    Anchor{"pixel_embed.proj.weight", Naming::TimmTnt},
    Anchor{"patch_embed.proj.weight", Naming::TimmVit},
    Anchor{"embeddings.patch_embeddings.projection.weight", Naming::HuggingFace},
    Anchor{"conv_proj.weight", Naming::Torchvision},
    Anchor{"embedding/kernel", Naming::Google},
};

constexpr std::array<std::string_view, 4> HuggingFaceBases{"vit.", "deit.", "dinov2.", "dinov2_with_registers."};

struct Foreign {
    std::string_view marker;  ///< part of a tensor name
    std::string_view reason;
};

constexpr std::size_t MarkersDespiteAnchor = 5;  // those at the front also count where a patch embedding was found
constexpr std::array ForeignMarkers{
    Foreign{"relative_position_bias_table", "it has relative position biases, as Swin and BEiT"},
    Foreign{"rope_embed", "it has rotary positions, as DINOv3"},
    Foreign{".rope.", "it has rotary positions, as EVA"},
    Foreign{"rope.periods", "it has rotary positions, as DINOv3"},
    Foreign{"patch_embed.backbone.", "it is a hybrid with a convolutional stem"},
    Foreign{"embeddings.patch_embeddings.weight", "it has rotary positions, as DINOv3"},
    Foreign{"conv_root/kernel", "it is a hybrid with a convolutional stem"},
    Foreign{"visual.conv1.weight", "it is a CLIP pair of a text and an image network in OpenAI's names"},
    Foreign{"vision_model.embeddings.patch_embedding", "it is a CLIP or SigLIP network in Hugging Face's names"},
    Foreign{"word_embeddings.weight", "it is a text model, as BERT"},
    Foreign{"embed_tokens.weight", "it is a text model"},
    Foreign{"token_embedding", "it is a text model, as CLIP's text half"},
    Foreign{"wte.weight", "it is a text model, as GPT-2"},
    Foreign{"text_model.", "it is a text model, as CLIP's text half"},
    Foreign{"mlp_tokens", "it is an MLP-Mixer"},
    Foreign{"blocks_token_only", "it is a CaiT"},
    Foreign{"cls_attn_blocks", "it is an XCiT"},
    Foreign{"layer1.0.conv1.weight", "it is a convolutional network, as ResNet"},
    Foreign{"encoder.blocks.0.conv", "it is a convolutional network"},
    Foreign{"stages.0.", "it has stages of falling resolution, as ConvNeXt, Swin or MobileNet"},
    Foreign{"layers.0.blocks.0.", "it has stages of falling resolution, as Swin"},
    Foreign{"features.0.", "it is a convolutional network, as VGG, MobileNet or EfficientNet"},
};

const TensorInfo* firstWith(const Checkpoint& checkpoint, std::string_view part)
{
    for (const TensorInfo& tensor : checkpoint.tensors()) {
        if (tensor.name.find(part) != std::string::npos)
            return &tensor;
    }
    return nullptr;
}

std::string notANetwork(const std::string& reason)
{
    return "this is not a ViT or TNT: " + reason;
}

[[noreturn]] void refuse(const Checkpoint& checkpoint)
{
    for (const Foreign& foreign : ForeignMarkers) {
        if (const TensorInfo* tensor = firstWith(checkpoint, foreign.marker))
            throw Error(notANetwork(std::string(foreign.reason) + " (\"" + tensor->name + "\")"));
    }
    const auto isConvolution = [](const TensorInfo& tensor) { return tensor.shape.size() == 4; };
    if (std::any_of(checkpoint.tensors().begin(), checkpoint.tensors().end(), isConvolution))
        throw Error(notANetwork("no patch embedding under a name that is known, but other convolutions"));
    if (checkpoint.tensors().empty())
        throw Error(notANetwork("there are no tensors in it"));
    throw Error(notANetwork("there is no patch embedding among its " + std::to_string(checkpoint.tensors().size())
                                            + " tensors (the first is \"" + checkpoint.tensors().front().name + "\")"));
}

/// What stands before the anchor in `name`, or nothing when the anchor is not its end.
std::optional<std::string> prefixBefore(const std::string& name, std::string_view anchor)
{
    if (!name.ends_with(anchor))
        return std::nullopt;
    const std::string prefix = name.substr(0, name.size() - anchor.size());
    if (!prefix.empty() && prefix.back() != '.' && prefix.back() != '/')
        return std::nullopt;
    return prefix;
}

/// Averaged weights before the raw ones and the teacher before the student, as timm and DINO evaluate them.
int preference(const std::string& prefix)
{
    if (prefix.starts_with("ema") || prefix.find("_ema.") != std::string::npos || prefix.find(".ema") != std::string::npos)
        return 0;
    if (prefix.find("teacher") != std::string::npos)
        return 1;
    return prefix.find("student") != std::string::npos ? 3 : 2;
}

struct Found {
    Naming naming;
    std::string prefix;
};

std::optional<Found> findAnchor(const Checkpoint& checkpoint)
{
    std::optional<Found> best;
    const auto rank = [](const std::string& prefix) { return std::tuple(preference(prefix), prefix.size(), prefix); };
    for (const TensorInfo& tensor : checkpoint.tensors()) {
        for (const Anchor& anchor : Anchors) {
            const std::optional<std::string> prefix = prefixBefore(tensor.name, anchor.name);
            if (prefix && (!best || rank(*prefix) < rank(best->prefix)))
                best = Found{anchor.naming, *prefix};
        }
    }
    return best;
}

std::string withoutEnd(const std::string& text, std::string_view end)
{
    return text.ends_with(end) ? text.substr(0, text.size() - end.size()) : text;
}

bool isHead(std::string_view name)
{
    return name.starts_with("head.") || name.starts_with("head_dist.") || name.starts_with("linear_head.")
           || name.starts_with("fc_norm.");
}

} // namespace

const TensorInfo* NameTable::find(std::string_view name) const
{
    const auto found = names.find(name);
    return found == names.end() ? nullptr : found->second;
}

NameTable locateNetwork(const Checkpoint& checkpoint)
{
    const std::optional<Found> found = findAnchor(checkpoint);
    if (!found)
        refuse(checkpoint);
    NameTable table;
    table.naming = found->naming;
    table.prefix = found->prefix;
    std::string_view base;
    if (table.naming == Naming::HuggingFace) {
        for (const std::string_view candidate : HuggingFaceBases) {
            if (table.prefix == candidate || table.prefix.ends_with("." + std::string(candidate)))
                base = candidate;
        }
        table.prefix = withoutEnd(table.prefix, base);
    }
    // A head may stand beside the backbone instead of in it.
    const std::string outer = withoutEnd(withoutEnd(table.prefix, "backbone."), "encoder.");
    for (const TensorInfo& tensor : checkpoint.tensors()) {
        std::string_view name = tensor.name;
        if (name.starts_with(table.prefix)) {
            name.remove_prefix(table.prefix.size());
            if (!base.empty() && name.starts_with(base))
                name.remove_prefix(base.size());
            table.names.insert_or_assign(std::string(name), &tensor);
        } else if (outer != table.prefix && name.starts_with(outer) && isHead(name.substr(outer.size()))) {
            table.names.try_emplace(std::string(name.substr(outer.size())), &tensor);
        }
    }
    if (table.find("outer_pos") || table.find("inner_pos"))
        table.naming = Naming::HuaweiTnt;
    const bool positions = table.find("pos_embed") || table.naming != Naming::TimmVit;
    const bool foreign = std::any_of(ForeignMarkers.begin(), ForeignMarkers.begin() + MarkersDespiteAnchor, [&](const Foreign& marker) {
        return firstWith(checkpoint, marker.marker) != nullptr;
    });
    if (!positions || foreign) {
        if (foreign || !table.find("blocks.0.attn.qkv.weight"))
            refuse(checkpoint);
        throw Error(notANetwork("it has no learned position embeddings (\"pos_embed\")"));
    }
    return table;
}

} // namespace vitrine
