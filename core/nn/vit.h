// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <vector>

#include "core/nn/attention.h"
#include "core/nn/mlp.h"
#include "core/nn/network.h"

namespace vitrine::nn {

/// Vision Transformer (Dosovitskiy et al. 2021) and its kin: DeiT, DeiT-III, DINO, DINOv2, with timm's tensor names.
class Vit : public Network {
public:
    Vit(Model& model, const Placement& placement);

    int layers() const override { return m_spec.layers; }
    State embed(const at::Tensor& input, Recorder& recorder) const override;
    State resume(const at::Tensor& tokens, const at::Tensor&) const override { return {tokens, {}}; }
    void runBlock(int layer, State& state, const BlockEdit& edit, Recorder& recorder) const override;
    at::Tensor logits(const at::Tensor& tokens, const std::vector<int>& leftOut) const override
    {
        return m_classifier(tokens, leftOut);
    }
    at::Tensor logitsOfEach(const at::Tensor& tokens) const override { return m_classifier.ofEach(tokens); }
    at::Tensor embedding(const at::Tensor& tokens, const std::vector<int>& leftOut) const override
    {
        return m_classifier.embedding(tokens, leftOut);
    }
    at::Tensor pooling(const at::Tensor& tokens, const std::vector<int>& leftOut) const override
    {
        return m_classifier.pooling(tokens, leftOut);
    }
    const Attention& attention(int layer) const override { return m_blocks[static_cast<std::size_t>(layer)].attention; }
    const FeedForward& mlp(int layer) const override { return m_blocks[static_cast<std::size_t>(layer)].mlp; }
    at::Tensor attentionInput(const at::Tensor& tokens, const at::Tensor&) const override { return tokens; }
    const Positions& positions() const override { return m_positions; }

private:
    struct Block {
        Attention attention;
        FeedForward mlp;
    };

    ModelSpec m_spec;
    Placement m_placement;
    Linear m_patchEmbedding;
    at::Tensor m_prefix;  ///< [prefix, D]
    Positions m_positions;
    at::Tensor m_addedPositions;  ///< m_positions.added where the network computes
    std::optional<LayerNorm> m_embeddedNorm, m_preNorm;
    std::vector<Block> m_blocks;
    Classifier m_classifier;
};

}  // namespace vitrine::nn
