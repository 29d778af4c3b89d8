// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "core/base/ndarray.h"

namespace vitrine {

struct ModelSpec;

/// The number that is differentiated: a class's logit, or the difference of two.
struct Objective {
    int index = 0;
    std::optional<int> against;
};

/// Where the score is taken.
enum class Score {
    Logits,     ///< of the pass itself
    EachLayer,  ///< LeGrad: layer l's gradient is that of head(final norm(mean over all tokens of tokens[l + 1]))
};

/// How the derivative is taken. Libra (LibraGrad, Mehri et al. 2025; pruned backward pass): the denominators of the norms,
/// the attention matrices and the gates f(x)/x of the activations count as constants, and gated products are halved.
enum class Backward { Exact, Libra };

struct GradientOptions {
    Score score = Score::Logits;
    Backward backward = Backward::Exact;
    bool attention = true;          ///< Gradients::attention, and innerAttention
    bool tokens = false;            ///< Gradients::tokens, norm1, patchEmbedding, and the inner ones
    bool pixels = false;            ///< Gradients::pixels
    int firstLayer = 0;             ///< layers below have empty arrays; pixels and patchEmbedding need 0
    double lastAttentionScale = 1;  ///< the last layer's matrices are multiplied by it first, and the derivative is taken
                                    ///< there, by the products (integrated gradients)
};

/// d score / d what a Trace holds, in the Trace's shapes and float32; empty where not asked for. Every way to the score
/// counts. With Score::EachLayer entry l is of layer l's score, which sees layer l alone; the last one of `tokens` and
/// `innerTokens` is of the last layer's, and patchEmbedding stays empty. With Backward::Libra the matrices' derivatives are
/// those of what they weight: through the matrices themselves nothing goes back.
struct Gradients {
    std::vector<NdArray> attention;        ///< L of [heads, T, T], of the probabilities
    std::vector<NdArray> tokens;           ///< L + 1 of [T, D]
    std::vector<NdArray> norm1;            ///< L of [T, D]: of what block l's first norm gives (Grad-CAM's layer)
    std::vector<NdArray> norm1Values;      ///< L of [T, D]: what it gives
    NdArray patchEmbedding;                ///< [T, D]
    NdArray pixels;                        ///< [3, H, W], of the normalised picture
    std::vector<NdArray> innerAttention;   ///< TNT, L of [N, inner heads, t, t]
    std::vector<NdArray> innerTokens;      ///< TNT, L + 1 of [N, t, c]; of the logits: empty at firstLayer too unless 0
    std::vector<NdArray> innerProjection;  ///< TNT, L of [N, D]
};

/// Throw Error where something is asked for that this network does not have; say what there is.
void check(const Objective& objective, const ModelSpec& spec);
void check(const GradientOptions& options, const ModelSpec& spec);

}  // namespace vitrine
