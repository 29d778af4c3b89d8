// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/checkpoint/checkpoint.h"
#include "core/model/architectures.h"
#include "core/model/model_spec.h"

namespace vitrine {

/// What config.json, preprocessor_config.json and a checkpoint's own metadata say; nothing is assumed here.
struct ConfigFacts {
    std::string modelType;     ///< Hugging Face: "vit", "deit", "dinov2" ...; of the part that the tensors belong to
    std::string architecture;  ///< timm: "vit_base_patch16_224" ...
    const NamedArchitecture* named = nullptr;  ///< what the name stands for; its heads only where its width is the file's
    std::vector<std::filesystem::path> files;  ///< what was read beside the weights

    std::optional<int> width, heads, innerHeads, stemStride;
    std::optional<int> patchHeight, patchWidth;
    std::optional<int> imageHeight, imageWidth;  ///< what the position embeddings were made for
    std::optional<double> layerNormEpsilon, rotaryBase;
    std::optional<int> clsTokens;  ///< where there is one for each teacher
    std::optional<Activation> activation;
    std::optional<Pool> pool;
    std::optional<bool> positionsCoverPrefix;  ///< false: the network adds positions to its patches alone
    std::optional<PositionResampling> positionResampling;

    std::optional<int> inputHeight, inputWidth;  ///< what the preprocessing makes
    std::optional<Fit> fit;
    std::optional<Interpolation> interpolation;
    std::optional<double> cropFraction;
    std::optional<int> resizeShorter;
    std::optional<int> mostPatches;  ///< of an input in the picture's shape
    std::optional<std::array<float, 3>> mean, deviation;

    std::vector<std::string> labels;
    std::vector<Assumption> notes;  ///< what could not be used as it stands

    void note(Severity severity, std::string text) { notes.push_back({severity, std::move(text)}); }
};

/// Reads what stands beside `weights` and inside the checkpoint. Throws Error naming file, key and value, or the network
/// that a file names and that cannot be computed.
ConfigFacts readConfig(const std::filesystem::path& weights, const Checkpoint& checkpoint);

}  // namespace vitrine
