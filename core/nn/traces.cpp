// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/nn/traces.h"

#include <vector>

#include <ATen/ATen.h>

#include "core/nn/tensors.h"

namespace vitrine::nn {

namespace {

at::Tensor onHost(const at::Tensor& tensor)
{
    return tensor.defined() ? tensor.to(at::kCPU, at::kFloat).contiguous() : tensor;
}

NdArray ofPicture(const at::Tensor& batch, std::size_t index)
{
    return batch.defined() ? toNdArray(batch[static_cast<std::int64_t>(index)]) : NdArray();
}

void shareAttention(const KeptAttention& layer, std::span<const std::shared_ptr<Trace>> traces)
{
    const at::Tensor matrices = onHost(layer.matrices), qkv = onHost(layer.qkv), rows = onHost(layer.rows);
    for (std::size_t i = 0; i < traces.size(); ++i)
        traces[i]->attention.push_back(qkv.defined() ? LayerAttention({ofPicture(qkv, i), ofPicture(rows, i), layer.product})
                                                     : LayerAttention(ofPicture(matrices, i)));
}

}  // namespace

void share(const Recording& recording, std::span<const std::shared_ptr<Trace>> traces)
{
    const auto one = [&](const at::Tensor& tensor, NdArray Trace::*member) {
        const at::Tensor batch = onHost(tensor);
        for (std::size_t i = 0; i < traces.size(); ++i)
            (*traces[i]).*member = ofPicture(batch, i);
    };
    const auto all = [&](const std::vector<at::Tensor>& layers, std::vector<NdArray> Trace::*member) {
        for (const at::Tensor& layer : layers) {
            const at::Tensor batch = onHost(layer);
            for (std::size_t i = 0; i < traces.size(); ++i)
                ((*traces[i]).*member).push_back(ofPicture(batch, i));
        }
    };
    one(recording.patchEmbedding, &Trace::patchEmbedding);
    one(recording.logits, &Trace::logits);
    one(recording.embedding, &Trace::embedding);
    one(recording.pooling, &Trace::pooling);
    for (const KeptAttention& layer : recording.attention)
        shareAttention(layer, traces);
    all(recording.tokens, &Trace::tokens);
    all(recording.innerAttention, &Trace::innerAttention);
    all(recording.innerTokens, &Trace::innerTokens);
    all(recording.innerProjection, &Trace::innerProjection);
}

}  // namespace vitrine::nn
