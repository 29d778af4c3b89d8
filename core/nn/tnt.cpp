// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/nn/tnt.h"

#include <string>

#include <ATen/ATen.h>

namespace vitrine::nn {

namespace {

// What a patch's inner tokens add goes to the patch tokens only: CLS gets nothing (TNT, eq. 4).
at::Tensor addedToPatches(const at::Tensor& tokens, const at::Tensor& projection)
{
    at::Tensor result = tokens.clone();
    result.narrow(1, tokens.size(1) - projection.size(1), projection.size(1)).add_(projection);
    return result;
}

// [B * N, ...] -> [B, N, ...]
at::Tensor byPatch(const at::Tensor& tensor, std::int64_t batch)
{
    return tensor.unflatten(0, {batch, tensor.size(0) / batch});
}

}  // namespace

Tnt::Tnt(Model& model, const Placement& placement)
    : m_spec(model.spec)
    , m_placement(placement)
    , m_prefix(prefixTokens(model, placement))
    , m_classifier(model, placement)
{
    const Weights weights(model);
    const double epsilon = m_spec.layerNormEpsilon;
    m_stemWeight = weights.get("pixel_embed.proj.weight").to(placement.device, placement.type);
    m_stemBias = weights.get("pixel_embed.proj.bias").to(placement.device, placement.type);
    if (m_spec.inner.stemProjection) {
        m_projection = Linear(weights["proj"], placement, m_spec.patches()).after({weights["norm1_proj"], epsilon, placement});
        m_norm2 = LayerNorm(weights["norm2_proj"], epsilon, placement);
    }
    m_positions = makePositions(weights.find("patch_pos"), m_spec);
    m_addedPositions = m_positions.added.to(placement.device, placement.type);
    m_innerPosition = weights.get("pixel_pos").reshape({m_spec.inner.width, m_spec.inner.tokens()}).t().contiguous();
    m_addedInnerPosition = m_innerPosition.to(placement.device, placement.type);
    m_blocks.reserve(static_cast<std::size_t>(m_spec.layers));
    for (int i = 0; i < m_spec.layers; ++i) {
        m_blocks.push_back(makeBlock(weights["blocks"][i], placement));
        forget(model, "blocks." + std::to_string(i) + ".");
    }
}

Tnt::Block Tnt::makeBlock(const Weights& weights, const Placement& placement) const
{
    const double epsilon = m_spec.layerNormEpsilon;
    const std::int64_t rows = m_spec.tokens();
    const auto norm = [&](const char* name) { return LayerNorm(weights[name], epsilon, placement); };
    Block block;
    block.inner = InnerBlock(weights, m_spec, placement);
    block.projection = Linear(weights["proj"], placement, m_spec.patches());
    if (m_spec.inner.legacy) {
        block.legacyProjectionNorm = norm("norm1_proj");
    } else {
        block.projection = block.projection.after(norm("norm1_proj"));
        block.projectionNorm2 = norm("norm2_proj");
    }
    block.attention = Attention(weights["attn_out"], norm("norm_out"), {m_spec.heads, rows, epsilon}, {}, placement);
    block.mlp = FeedForward(weights["mlp"], norm("norm_mlp"), m_spec, {}, placement, rows);
    return block;
}

at::Tensor pixelTokens(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias, const ModelSpec& spec)
{
    const std::int64_t batch = input.size(0), patches = spec.patches();
    const std::int64_t side = spec.inner.side, width = spec.inner.width, stride = spec.inner.stride;
    const std::int64_t padding = spec.inner.padding;
    if (!spec.inner.wholePicture) {
        const auto alone = patchPixels(input, spec).view({batch * patches, input.size(1), spec.patchHeight, spec.patchWidth});
        return at::conv2d(alone, weight, bias, stride, padding).flatten(2).transpose(1, 2);
    }
    const std::int64_t rows = spec.gridHeight(), columns = spec.gridWidth();
    return at::conv2d(input, weight, bias, stride, padding)
        .narrow(2, 0, rows * side)
        .narrow(3, 0, columns * side)
        .reshape({batch, width, rows, side, columns, side})
        .permute({0, 2, 4, 3, 5, 1})
        .reshape({batch * patches, side * side, width});
}

InnerState Tnt::innerState(const at::Tensor& tokens) const
{
    return {tokens, InnerBlock::usesKernel(m_spec, m_placement) ? tokens.transpose(1, 2).contiguous() : at::Tensor()};
}

State Tnt::resume(const at::Tensor& tokens, const at::Tensor& innerTokens) const
{
    return {tokens, innerState(innerTokens.flatten(0, 1))};
}

State Tnt::embed(const at::Tensor& input, Recorder& recorder) const
{
    const std::int64_t batch = input.size(0);
    State state;
    state.inner = innerState(
        (pixelTokens(input.to(m_placement.type), m_stemWeight, m_stemBias, m_spec) + m_addedInnerPosition).contiguous());
    const auto flat = state.inner.tokens.view({batch, m_spec.patches(), -1});
    const auto patches = m_spec.inner.stemProjection ? m_norm2(m_projection(flat))
                                                     : at::zeros({batch, m_spec.patches(), m_spec.width}, flat.options());
    const auto embedded = at::cat({m_prefix.unsqueeze(0).expand({batch, -1, -1}), patches}, 1);
    state.tokens = withPositions(embedded, m_addedPositions);
    if (recorder.recordsStates()) {
        recorder.recording.patchEmbedding = embedded;
        recorder.recording.innerTokens.push_back(byPatch(state.inner.tokens, batch));
        recorder.recording.tokens.push_back(state.tokens);
    }
    return state;
}

void Tnt::runInner(const Block& block, State& state, const BlockEdit& edit, Recorder& recorder) const
{
    at::Tensor probabilities;
    at::Tensor* keep = recorder.recordsStates() ? &probabilities : nullptr;
    block.inner.run(state.inner, keep, edit);
    if (recorder.recordsStates()) {
        recorder.recording.innerAttention.push_back(byPatch(probabilities, state.tokens.size(0)));
        recorder.recording.innerTokens.push_back(byPatch(state.inner.tokens, state.tokens.size(0)));
    }
}

// [B, N, D]: what the inner tokens of each patch add to its embedding.
at::Tensor Tnt::project(const Block& block, const State& state) const
{
    const auto inner = block.legacyProjectionNorm ? (*block.legacyProjectionNorm)(state.inner.tokens) : state.inner.tokens;
    const auto projection = block.projection(inner.view({state.tokens.size(0), m_spec.patches(), -1}));
    return block.projectionNorm2 ? (*block.projectionNorm2)(projection) : projection;
}

void Tnt::runOuter(const Block& block, State& state, const BlockEdit& edit, Recorder& recorder) const
{
    auto projection = project(block, state);
    if (edit.projectionOff)
        projection = at::zeros_like(projection);
    const auto fed = addedToPatches(state.tokens, projection);
    KeptAttention kept;
    const Keep keep = recorder.keepAttention(block.attention.sizeOf(fed, edit.attention));
    state.tokens = block.mlp.addedTo(block.attention.addedTo(fed, keep, kept, edit.attention));
    if (recorder.recordsStates()) {
        recorder.recording.innerProjection.push_back(projection);
        recorder.recording.attention.push_back(kept);
        recorder.recording.tokens.push_back(state.tokens);
    }
}

void Tnt::runBlock(int layer, State& state, const BlockEdit& edit, Recorder& recorder) const
{
    const Block& block = m_blocks[static_cast<std::size_t>(layer)];
    runInner(block, state, edit, recorder);
    runOuter(block, state, edit, recorder);
}

at::Tensor Tnt::attentionInput(const at::Tensor& tokens, const at::Tensor& innerProjection) const
{
    return addedToPatches(tokens, innerProjection);
}

}  // namespace vitrine::nn
