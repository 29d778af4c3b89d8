// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/model/model.h"
#include "core/nn/attention.h"
#include "core/nn/block_edit.h"
#include "core/nn/layer_norm.h"
#include "core/nn/linear.h"
#include "core/nn/mlp.h"
#include "core/nn/positions.h"
#include "core/nn/recorder.h"
#include "core/nn/tensors.h"

namespace vitrine::nn {

/// The inner tokens of every patch, in the two layouts that a pass needs.
struct InnerState {
    at::Tensor tokens;    ///< [B * N, t, c]
    at::Tensor channels;  ///< [B * N, c, t]; kept only where the kernel works on it
};

/// What travels from block to block.
struct State {
    at::Tensor tokens;  ///< [B, T, D]
    InnerState inner;   ///< TNT
};

/// A ViT or TNT with its weights where it computes. A pass is a walk over its blocks, from any layer on.
class Network {
public:
    virtual ~Network() = default;

    /// One pass over `input` [B, 3, H, W], float32 on the network's device; everything goes into the recorder.
    void run(const at::Tensor& input, Recorder& recorder) const;

    virtual int layers() const = 0;
    /// The state before block 0, which is recorded.
    virtual State embed(const at::Tensor& input, Recorder& recorder) const = 0;
    /// The state of recorded numbers: `tokens` [B, T, D] and, in a TNT, `innerTokens` [B, N, t, c].
    virtual State resume(const at::Tensor& tokens, const at::Tensor& innerTokens) const = 0;
    virtual void runBlock(int layer, State& state, const BlockEdit& edit, Recorder& recorder) const = 0;
    /// `leftOut`: patches that a head which takes their mean leaves out.
    virtual at::Tensor logits(const at::Tensor& tokens, const std::vector<int>& leftOut) const = 0;
    /// Of each row of `tokens` [T, D] as if it were the pooled one, [T, classes].
    virtual at::Tensor logitsOfEach(const at::Tensor& tokens) const = 0;
    virtual at::Tensor embedding(const at::Tensor&, const std::vector<int>&) const { return {}; }  ///< [B, E], or undefined
    /// What the query of Pool::Attention attends to, [B, heads, T] float32; undefined where there is none.
    virtual at::Tensor pooling(const at::Tensor&, const std::vector<int>&) const { return {}; }

    /// A layer's attention between tokens, and what enters it: recorded `tokens` [B, T, D] and, in a TNT,
    /// `innerProjection` [B, N, D].
    virtual const Attention& attention(int layer) const = 0;
    virtual const FeedForward& mlp(int layer) const = 0;
    virtual at::Tensor attentionInput(const at::Tensor& tokens, const at::Tensor& innerProjection) const = 0;

    virtual const Positions& positions() const = 0;
    virtual at::Tensor innerPosition() const { return {}; }  ///< TNT: [t, c]
};

/// Each block's tensors are taken out of the model as soon as they are packed, so that a large model is not there twice.
std::unique_ptr<Network> makeNetwork(Model& model, const Placement& placement);

/// Pooling by a learned query: what it attends to among the tokens, projected, and an MLP of that added.
class AttentionPool {
public:
    AttentionPool(const Weights& weights, const ModelSpec& spec, const Placement& placement);

    /// `tokens` [B, T, D] -> [B, heads, T] float32; `leftOut`: patches that are not seen.
    at::Tensor probabilities(const at::Tensor& tokens, const std::vector<int>& leftOut) const;
    at::Tensor operator()(const at::Tensor& tokens, const std::vector<int>& leftOut) const;  ///< [B, D]

private:
    std::int64_t m_heads = 0, m_prefix = 0;
    bool m_seesPrefix = true;
    at::Tensor m_query;  ///< [heads, 1, d], scaled
    Linear m_keyValue, m_projection;
    std::optional<FeedForward> m_mlp;
};

/// From the last block's tokens to logits: final norm, pooling, fc_norm, a tanh layer where there is one, one or two
/// linear heads.
class Classifier {
public:
    Classifier() = default;
    Classifier(const Model& model, const Placement& placement);

    /// [B, T, D] -> [B, classes]; [B, 0] when the checkpoint has no head.
    at::Tensor operator()(const at::Tensor& tokens, const std::vector<int>& leftOut = {}) const;
    at::Tensor ofEach(const at::Tensor& tokens) const;
    at::Tensor embedding(const at::Tensor& tokens, const std::vector<int>& leftOut) const;
    at::Tensor pooling(const at::Tensor& tokens, const std::vector<int>& leftOut) const;

private:
    at::Tensor normed(const at::Tensor& tokens) const { return m_norm ? (*m_norm)(tokens) : tokens; }
    at::Tensor pooled(const at::Tensor& tokens, const std::vector<int>& leftOut) const;

    std::optional<LayerNorm> m_norm, m_fcNorm;
    std::optional<AttentionPool> m_attentionPool;
    std::optional<Linear> m_preLogits, m_head, m_distilledHead, m_embedding;
    bool m_embeds = false;
    std::vector<int> m_summary;
    Pool m_pool = Pool::Cls;
    std::int64_t m_prefix = 0;
};

/// The learned tokens before the patches, [prefix, D]: CLS, distillation, registers.
at::Tensor prefixTokens(const Model& model, const Placement& placement);

/// [B, 3, H, W] -> [B, N, 3 * patchHeight * patchWidth], patches in rows; a rest at the right or bottom is left out.
at::Tensor patchPixels(const at::Tensor& input, const ModelSpec& spec);

/// Adds [T', D] to the last T' of `tokens` [B, T, D].
at::Tensor withPositions(const at::Tensor& tokens, const at::Tensor& positions);

}  // namespace vitrine::nn
