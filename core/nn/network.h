// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>

#include <ATen/core/Tensor.h>

#include "core/model/model.h"
#include "core/nn/layer_norm.h"
#include "core/nn/linear.h"
#include "core/nn/positions.h"
#include "core/nn/recorder.h"
#include "core/nn/tensors.h"

namespace vitrine::nn {

/// A ViT or TNT with its weights where it computes.
class Network {
public:
    virtual ~Network() = default;

    /// One pass over `input` [B, 3, H, W], float32 on the network's device; everything goes into the recorder.
    virtual void run(const at::Tensor& input, Recorder& recorder) const = 0;

    /// One layer's attention [B, heads, T, T], from what was recorded before it: `tokens` [B, T, D] and, in a TNT,
    /// `innerProjection` [B, N, D].
    virtual at::Tensor attention(const at::Tensor& tokens, const at::Tensor& innerProjection, int layer) const = 0;

    virtual const Positions& positions() const = 0;
    virtual at::Tensor innerPosition() const { return {}; }  ///< TNT: [t, c]
};

/// Each block's tensors are taken out of the model as soon as they are packed, so that a large model is not there twice.
std::unique_ptr<Network> makeNetwork(Model& model, const Placement& placement);

/// From the last block's tokens to logits: final norm, pooling, fc_norm, a tanh layer where there is one, one or two
/// linear heads.
class Classifier {
public:
    Classifier() = default;
    Classifier(const Model& model, const Placement& placement);

    /// [B, T, D] -> [B, classes]; [B, 0] when the checkpoint has no head.
    at::Tensor operator()(const at::Tensor& tokens) const;

private:
    at::Tensor pooled(const at::Tensor& tokens) const;

    std::optional<LayerNorm> m_norm, m_fcNorm;
    std::optional<Linear> m_preLogits, m_head, m_distilledHead;
    Pool m_pool = Pool::Cls;
    std::int64_t m_prefix = 0;
};

/// The learned tokens before the patches, [prefix, D]: CLS, distillation, registers.
at::Tensor prefixTokens(const Model& model, const Placement& placement);

/// [B, 3, H, W] -> [B, N, 3 * patchHeight * patchWidth], patches in rows; a rest at the right or bottom is left out.
at::Tensor patchPixels(const at::Tensor& input, const ModelSpec& spec);

/// Adds [T', D] to the last T' of `tokens` [B, T, D].
at::Tensor withPositions(const at::Tensor& tokens, const at::Tensor& positions);

} // namespace vitrine::nn
