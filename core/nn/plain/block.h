// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "core/nn/plain/layers.h"
#include "core/nn/rotary.h"

namespace vitrine::nn {
class Attention;
class FeedForward;
}

namespace vitrine::nn::plain {

/// A transformer block with its weights: x + attention(norm1(x)), then + mlp(norm2(x)). A ViT's, and a TNT's inner and outer
/// ones.
struct Block {
    std::int64_t heads = 0;
    Norm norm1;
    Affine qkv;  ///< [3A, D], q k v one below the other
    Norm qNorm, kNorm;
    Turning turning;    ///< of q and k, behind their norms
    at::Tensor bias;    ///< added to softmax's arguments [heads, T, T], or undefined
    Norm mixedNorm;     ///< of the heads' results side by side
    Affine projection;  ///< [D, A]
    at::Tensor scale1;  ///< LayerScale [D], or undefined
    Norm norm2;
    Affine first, second;  ///< fc1 and fc2, or SwiGLU's w12 and w3
    Norm hiddenNorm;       ///< of what the second takes
    at::Tensor scale2;
    Activation activation = Activation::Gelu;
    bool gated = false;
};

/// How far derivatives go back through a block.
enum class Reach { Attention, Input };

/// What derivatives need to know of one pass through a block.
struct Tape {
    at::Tensor x;  ///< [B, T, D]
    Normed norm1;
    at::Tensor q, k, v;  ///< [B, heads, T, d], before their norms; q and k: only where they are needed
    Normed qNormed, kNormed;
    at::Tensor qTurned, kTurned;
    at::Tensor mixed;  ///< [B, T, A]
    Normed mixedNormed;
    at::Tensor attention;  ///< [B, heads, T, T] as softmax gives it
    double attentionScale = 1;
    at::Tensor middle;  ///< [B, T, D] after the attention
    Normed norm2;
    at::Tensor hidden;  ///< [B, T, h] before the activation
};

struct TapeOptions {
    at::Tensor attention;  ///< as recorded; undefined: computed
    at::Tensor hidden;     ///< bool, where it is computed: keys that a query does not see; undefined: it sees all
    double attentionScale = 1;
    bool queriesAndKeys = true;  ///< false: the attention is given and nothing goes back through it
    /// The block as passes run it, in float32: the way forward is faster on its packed weights. Null: on the plain ones.
    const Attention* packedAttention = nullptr;
    const FeedForward* packedMlp = nullptr;
};

Tape record(const Block& block, const at::Tensor& x, const TapeOptions& options = {});
/// What leaves the block, [B, T, D].
at::Tensor output(const Block& block, const Tape& tape);

/// How long what each token's value adds is, head by head and LayerScale included, before the attention weights it, and last
/// of all heads together: `x` [1, T, D] -> [heads + 1, T]
at::Tensor valueNorms(const Block& block, const at::Tensor& x);

struct BlockGradients {
    at::Tensor attention;  ///< of the scaled matrices
    at::Tensor norm1, x;   ///< [B, T, D]; undefined where Reach ends at the attention
};

/// `gradient` [B, T, D], or [B, 1, D] where it is the same for every token: of what leaves the block.
BlockGradients beforeBlock(const Block& block, const Tape& tape, const at::Tensor& gradient, Backward backward, Reach reach);

}  // namespace vitrine::nn::plain
