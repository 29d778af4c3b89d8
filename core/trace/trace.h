// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/base/ndarray.h"
#include "core/model/model_spec.h"
#include "core/model/preprocess.h"
#include "core/trace/edits.h"
#include "core/trace/layer_attention.h"

namespace vitrine {

struct StageTime {
    std::string name;  ///< "embedding", "block 0" ...
    double milliseconds = 0;
};

/// Everything recorded of one forward pass over one picture. Made once by an Engine, never written again; share it as
/// shared_ptr<const Trace> between threads. T tokens (prefix first), D width, N patches, L layers, t inner tokens of
/// c channels. All numbers float32, whatever the precision of the pass.
struct Trace {
    std::shared_ptr<const ModelSpec> model;
    PreparedImage picture;

    NdArray patchEmbedding;                 ///< [T, D] before positions are added (prefix tokens first)
    NdArray positionEmbedding;              ///< [T', D] as added; T' = T or N (see ModelSpec::positionsCoverPrefix)
    std::vector<LayerAttention> attention;  ///< L; an empty one: see Engine::attention
    std::vector<NdArray> tokens;            ///< L + 1 of [T, D]: before block 0, ... after the last, before the final norm
    NdArray logits;                         ///< [classes]
    NdArray embedding;                      ///< [E], of the whole picture (ModelSpec::embedding); empty where there is none
    NdArray pooling;                        ///< [heads, T]: what the query of Pool::Attention attends to; else empty

    std::vector<NdArray> innerAttention;   ///< TNT, L of [N, inner heads, t, t]
    std::vector<NdArray> innerTokens;      ///< TNT, L + 1 of [N, t, c]
    NdArray innerPosition;                 ///< TNT, [t, c]
    std::vector<NdArray> innerProjection;  ///< TNT, L of [N, D]: what block l adds to the patch embeddings

    Edits edits;  ///< what was changed in the pass: nothing, unless Engine::rerun() made it
    std::vector<StageTime> times;
    double milliseconds = 0;  ///< the whole pass, picture to logits, preprocessing left out
    std::string device;       ///< "CPU, 2 threads", "NVIDIA ..."
    std::string precision;    ///< "float32" ...

    int layers() const { return model->layers; }
    NdArray patchTokens(int state) const;  ///< tokens[state] without its prefix, [N, D]; shares the memory
    std::size_t bytes() const;             ///< memory held by the arrays
};

/// One class of a result.
struct Prediction {
    int index = 0;
    float logit = 0;
    float probability = 0;  ///< softmax over all classes
};

/// The k most probable classes, best first.
std::vector<Prediction> topK(const NdArray& logits, int k);
/// The most probable class, as topK() has it, without the probabilities; `logits` are not empty.
int topClass(const NdArray& logits);

/// Softmax over all classes, [classes].
std::vector<float> probabilities(const NdArray& logits);

}  // namespace vitrine
