// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/base/progress.h"
#include "core/nn/kept_attention.h"
#include "core/trace/engine.h"

namespace vitrine::nn {

/// What one pass keeps: batch first, on the device and in the type of the pass. See Trace for the meaning.
struct Recording {
    at::Tensor patchEmbedding;             ///< [B, T, D]
    std::vector<KeptAttention> attention;  ///< L; nothing past the budget
    std::vector<at::Tensor> tokens;        ///< L + 1 of [B, T, D]
    at::Tensor logits;                     ///< [B, classes]
    at::Tensor embedding, pooling;         ///< [B, E], [B, heads, T]; undefined where there is none
    std::vector<at::Tensor> innerAttention, innerTokens, innerProjection;  ///< TNT, [B, N, ...]
    std::vector<StageTime> times;
};

/// Calls function(at::Tensor&) for every tensor of the recording that is there.
template <typename Function>
void forEachTensor(Recording& recording, const Function& function)
{
    const auto visit = [&](at::Tensor& tensor) {
        if (tensor.defined())
            function(tensor);
    };
    visit(recording.patchEmbedding);
    visit(recording.logits);
    visit(recording.embedding);
    visit(recording.pooling);
    for (KeptAttention& layer : recording.attention) {
        visit(layer.matrices);
        visit(layer.qkv);
        visit(layer.rows);
    }
    for (auto* list : {&recording.tokens, &recording.innerAttention, &recording.innerTokens, &recording.innerProjection}) {
        for (at::Tensor& tensor : *list)
            visit(tensor);
    }
}

/// Collects a Recording as RecordOptions say, measures stages, tells progress and notices a stop.
class Recorder {
public:
    Recorder(const RecordOptions& options, std::stop_token stop, Progress progress, int layers);

    bool recordsStates() const { return !m_options.logitsOnly; }
    /// The form in which a layer's attention is kept; what it takes of the budget (of one picture) is spent.
    Keep keepAttention(const AttentionSize& size);

    /// After the embedding, each block, the head. Throws Cancelled.
    void endStage(std::string name);

    Recording recording;
    std::function<void(Recording&)> afterStage;  ///< may be empty

private:
    RecordOptions m_options;
    std::stop_token m_stop;
    Progress m_progress;
    std::size_t m_attentionBytes = 0;
    int m_stages = 0;
    std::chrono::steady_clock::time_point m_stageStart = std::chrono::steady_clock::now();
};

}  // namespace vitrine::nn
