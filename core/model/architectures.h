// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string_view>

#include "core/model/model_spec.h"

namespace vitrine {

/// What the name of a network tells that no tensor of it does.
struct NamedArchitecture {
    std::string_view name;  ///< timm's architecture or transformers' model type
    int width = 0, heads = 0;
    Activation activation = Activation::Gelu;
    double layerNormEpsilon = 0;
    std::optional<Pool> pool;                                       ///< nothing: it pools by attention
    bool positionsCoverPrefix = false;                              ///< a CLS token has a position of its own
    int innerWidth = 0, innerHeads = 0, patch = 0, stemStride = 0;  ///< of a TNT
};

/// What is known of a name: what it runs as, or why it does not run ("it has rotary positions"), or neither.
struct KnownName {
    const NamedArchitecture* architecture = nullptr;
    std::string_view refusal;
};

/// By timm's architecture ("vit_base_patch16_224"), with or without a tag (".augreg_in21k") or "hf_hub:timm/".
KnownName findArchitecture(std::string_view name);

/// By transformers' model type ("vit", "dinov2").
KnownName findModelType(std::string_view type);

/// The model type of a class that old configurations name instead ("ViTForImageClassification": "vit"); empty: unknown.
std::string_view modelTypeOf(std::string_view className);

/// The key under which the configuration of a model type holds that of the network it is built around; empty: none.
std::string_view nestedConfig(std::string_view type);

}  // namespace vitrine
