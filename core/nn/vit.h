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

    void run(const at::Tensor& input, Recorder& recorder) const override;
    at::Tensor attention(const at::Tensor& tokens, const at::Tensor& innerProjection, int layer) const override;
    const Positions& positions() const override { return m_positions; }

private:
    struct Block {
        Attention attention;
        FeedForward mlp;
    };
    at::Tensor embed(const at::Tensor& input, Recorder& recorder) const;
    at::Tensor runBlock(const Block& block, const at::Tensor& tokens, Recorder& recorder) const;

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

} // namespace vitrine::nn
