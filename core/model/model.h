// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "core/base/ndarray.h"
#include "core/base/progress.h"
#include "core/model/model_spec.h"

namespace vitrine {

/// What a person says instead of what the files say.
struct ModelOverrides {
    std::optional<int> heads;
    std::optional<int> imageHeight, imageWidth;
    std::optional<std::array<float, 3>> mean, deviation;
    std::optional<double> cropFraction;
    std::optional<Interpolation> interpolation;
    std::optional<Fit> fit;
    std::optional<std::filesystem::path> labels;  ///< text (one a line), TSV or JSON
};

/// A network's description and weights, the tensors under timm's names whatever the checkpoint's family.
struct Model {
    ModelSpec spec;
    std::map<std::string, NdArray, std::less<>> tensors;
};

/// Reads a checkpoint of any family (file or folder), with config.json / preprocessor_config.json beside it.
/// Throws Error: not a ViT or TNT, missing or mis-shaped tensors (names the tensor and both shapes).
Model loadModel(const std::filesystem::path& path, const ModelOverrides& overrides = {}, const Progress& progress = {},
                std::stop_token stop = {});

/// A bundled model's folder by name ("vit", "tnt"), else `nameOrPath` itself. Throws Error when neither exists.
std::filesystem::path resolveModel(const std::string& nameOrPath, const std::filesystem::path& resources);

/// The names of the bundled models, default first.
std::vector<std::string> bundledModels(const std::filesystem::path& resources);

} // namespace vitrine
