// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "core/base/ndarray.h"
#include "core/model/model_spec.h"

namespace vitrine {

/// The stations of one forward pass, in the order in which a ViT or TNT passes them.
enum class StageKind {
    Picture,
    Patches,
    PixelNorm,
    InnerEmbedding,
    PatchEmbedding,
    EmbeddingNorm,
    Prefix,
    Position,
    PreNorm,
    InnerTokens,
    InnerNorm,
    InnerQkv,
    InnerAttention,
    InnerJoin,
    InnerMlp,
    InnerOut,
    Projection,
    Tokens,
    Bridge,
    Norm1,
    Qkv,
    Rotary,
    Attention,
    HeadsNorm,
    Join,
    Norm2,
    Mlp,
    MlpNorm,
    BlockOut,
    FinalNorm,
    Pool,
    PooledNorm,
    PreLogits,
    Embedding,
    Logits,
    Probabilities,
};

enum class StageSection { Input, InnerBlock, Block, Head };

/// What leaves a stage.
struct Stage {
    StageKind kind = StageKind::Picture;
    StageSection section = StageSection::Input;
    std::string name;     ///< "q, k, v"
    Shape shape;          ///< {3, 12, 197, 64}
    std::string formula;  ///< UTF-8
};

/// The tokens in front of the patches, "CLS, 4 registers"; empty: there are none.
std::string prefixNames(const ModelSpec& spec);

/// Every stage of one forward pass in order, one block standing for all: the article's walk, with the network's own shapes.
std::vector<Stage> stages(const ModelSpec& spec);

}  // namespace vitrine
