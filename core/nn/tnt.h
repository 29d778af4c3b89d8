// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <vector>

#include "core/nn/attention.h"
#include "core/nn/inner_block.h"
#include "core/nn/mlp.h"
#include "core/nn/network.h"

namespace vitrine::nn {

/// The stem: [B, 3, H, W] -> [B * N, t, c]. The authors' sees each patch alone, with zeros around it; timm's first one saw
/// the whole picture.
at::Tensor pixelTokens(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias, const ModelSpec& spec);

/// Transformer in Transformer (Han et al. 2021), the authors' structure and timm's first one (InnerSpec::legacy).
class Tnt : public Network {
public:
    Tnt(Model& model, const Placement& placement);

    int layers() const override { return m_spec.layers; }
    State embed(const at::Tensor& input, Recorder& recorder) const override;
    State resume(const at::Tensor& tokens, const at::Tensor& innerTokens) const override;
    void runBlock(int layer, State& state, const BlockEdit& edit, Recorder& recorder) const override;
    at::Tensor logits(const at::Tensor& tokens, const std::vector<int>& leftOut) const override
    {
        return m_classifier(tokens, leftOut);
    }
    at::Tensor logitsOfEach(const at::Tensor& tokens) const override { return m_classifier.ofEach(tokens); }
    const Attention& attention(int layer) const override { return m_blocks[static_cast<std::size_t>(layer)].attention; }
    const FeedForward& mlp(int layer) const override { return m_blocks[static_cast<std::size_t>(layer)].mlp; }
    at::Tensor attentionInput(const at::Tensor& tokens, const at::Tensor& innerProjection) const override;
    const Positions& positions() const override { return m_positions; }
    at::Tensor innerPosition() const override { return m_innerPosition; }

private:
    struct Block {
        InnerBlock inner;
        std::optional<LayerNorm> legacyProjectionNorm;  ///< of each inner token
        Linear projection;                              ///< otherwise with a norm of all inner tokens of a patch
        std::optional<LayerNorm> projectionNorm2;
        Attention attention;
        FeedForward mlp;
    };
    Block makeBlock(const Weights& weights, const Placement& placement) const;
    InnerState innerState(const at::Tensor& tokens) const;
    void runInner(const Block& block, State& state, const BlockEdit& edit, Recorder& recorder) const;
    at::Tensor project(const Block& block, const State& state) const;
    void runOuter(const Block& block, State& state, const BlockEdit& edit, Recorder& recorder) const;

    ModelSpec m_spec;
    Placement m_placement;
    at::Tensor m_stemWeight, m_stemBias;  ///< [c, 3, 7, 7], [c]
    Linear m_projection;
    LayerNorm m_norm2;
    at::Tensor m_prefix;
    Positions m_positions;
    at::Tensor m_addedPositions;
    at::Tensor m_innerPosition;       ///< [t, c] float32 on the CPU, as recorded
    at::Tensor m_addedInnerPosition;  ///< the same where the network computes
    std::vector<Block> m_blocks;
    Classifier m_classifier;
};

}  // namespace vitrine::nn
