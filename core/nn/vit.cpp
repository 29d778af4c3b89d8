// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/nn/vit.h"

#include <string>

#include <ATen/ATen.h>

namespace vitrine::nn {

namespace {

std::optional<at::Tensor> layerScale(const Weights& block, const char* name)
{
    return block.find(std::string(name) + ".gamma");
}

}  // namespace

Vit::Vit(Model& model, const Placement& placement)
    : m_spec(model.spec)
    , m_placement(placement)
    , m_prefix(prefixTokens(model, placement))
    , m_classifier(model, placement)
{
    const Weights weights(model);
    const std::int64_t rows = m_spec.tokens();
    const double epsilon = m_spec.layerNormEpsilon;
    const Weights embedding = weights["patch_embed"]["proj"];
    m_patchEmbedding = Linear(embedding.get("weight").reshape({m_spec.width, -1}), embedding.find("bias"), placement,
                              m_spec.patches());
    if (m_spec.patchNorms)
        m_patchEmbedding = m_patchEmbedding.after({weights["patch_embed"]["norm_in"], epsilon, placement});
    if (m_spec.patchNorms || m_spec.embeddingNorm)
        m_embeddedNorm = LayerNorm(weights["patch_embed"]["norm_out"], epsilon, placement);
    m_positions = makePositions(weights.find("pos_embed"), m_spec);
    m_addedPositions = m_positions.added.to(placement.device, placement.type);
    if (m_spec.preNorm)
        m_preNorm = LayerNorm(weights["norm_pre"], epsilon, placement);
    m_blocks.reserve(static_cast<std::size_t>(m_spec.layers));
    Turning turning;
    const at::Tensor biasIndex = relativeBiasIndex(m_spec, placement.device);
    for (int i = 0; i < m_spec.layers; ++i) {
        const Weights block = weights["blocks"][i];
        const LayerNorm norm1(block["norm1"], epsilon, placement), norm2(block["norm2"], epsilon, placement);
        if (i == 0 || m_spec.rotary.kind == Rotary::Kind::Learned)
            turning = makeTurning(m_spec, block.find("attn.frequencies"), placement.device);
        m_blocks.push_back({Attention(block["attn"], norm1, {m_spec.heads, rows, epsilon, turning, biasIndex},
                                      layerScale(block, "ls1"), placement),
                            FeedForward(block["mlp"], norm2, m_spec, layerScale(block, "ls2"), placement, rows)});
        forget(model, "blocks." + std::to_string(i) + ".");
    }
}

State Vit::embed(const at::Tensor& input, Recorder& recorder) const
{
    at::Tensor patches = m_patchEmbedding(patchPixels(input.to(m_placement.type), m_spec));
    if (m_embeddedNorm)
        patches = (*m_embeddedNorm)(patches);
    const at::Tensor embedded = at::cat({m_prefix.unsqueeze(0).expand({input.size(0), -1, -1}), patches}, 1);
    at::Tensor tokens = withPositions(embedded, m_addedPositions);
    if (m_preNorm)
        tokens = (*m_preNorm)(tokens);
    if (recorder.recordsStates()) {
        recorder.recording.patchEmbedding = embedded;
        recorder.recording.tokens.push_back(tokens);
    }
    return {tokens, {}};
}

void Vit::runBlock(int layer, State& state, const BlockEdit& edit, Recorder& recorder) const
{
    const Block& block = m_blocks[static_cast<std::size_t>(layer)];
    KeptAttention kept;
    const Keep keep = recorder.keepAttention(block.attention.sizeOf(state.tokens, edit.attention));
    state.tokens = block.mlp.addedTo(block.attention.addedTo(state.tokens, keep, kept, edit.attention));
    if (recorder.recordsStates()) {
        recorder.recording.attention.push_back(kept);
        recorder.recording.tokens.push_back(state.tokens);
    }
}

}  // namespace vitrine::nn
