// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/nn/rerun.h"

#include <algorithm>
#include <string>

#include <ATen/ATen.h>

namespace vitrine::nn {

namespace {

// [.., n, n]: the columns of `keys` are hidden, but for each key's own query, so that every row has something to see.
void hide(at::Tensor mask, const std::vector<int>& keys, int before)
{
    for (const int key : keys) {
        mask.select(-1, before + key).fill_(true);
        mask.select(-1, before + key).select(-1, before + key).fill_(false);
    }
}

}  // namespace

ChangedPass::ChangedPass(const Network& network, plain::PlainWeights& weights, const ModelSpec& spec,
                         const Placement& placement, const Edits& edits)
    : m_network(network)
    , m_weights(weights)
    , m_spec(spec)
    , m_placement(placement)
    , m_edits(edits)
{
    if (!edits.maskedPatches.empty()) {
        m_hidden = at::zeros({spec.tokens(), spec.tokens()}, at::kBool);
        hide(m_hidden, edits.maskedPatches, spec.prefixTokens());
        m_hidden = m_hidden.to(placement.device);
    }
    if (!edits.maskedInner.empty()) {
        const std::int64_t count = spec.inner.tokens();
        m_hiddenInner = at::zeros({spec.patches(), 1, count, count}, at::kBool);
        for (const Edits::InnerMask& mask : edits.maskedInner)
            hide(m_hiddenInner[mask.patch][0], mask.tokens, 0);
        m_hiddenInner = m_hiddenInner.to(placement.device);
    }
}

BlockEdit ChangedPass::ofBlock(int layer)
{
    BlockEdit edit;
    edit.attention.hidden = m_hidden;
    edit.attention.headOff = m_edits.headOff;
    for (const LayerHead& off : m_edits.headsOff) {
        if (off.layer == layer)
            edit.attention.headsOff.push_back(off.head);
    }
    edit.projectionOff = std::ranges::find(m_edits.innerProjectionsOff, layer) != m_edits.innerProjectionsOff.end();
    edit.hiddenInner = m_hiddenInner;
    if (m_hiddenInner.defined())
        edit.plainInner = &*m_weights.layer(layer).inner;
    return edit;
}

State ChangedPass::start(const Trace& base) const
{
    const auto first = static_cast<std::size_t>(m_edits.firstLayer());
    const auto place = [&](const NdArray& array) {
        return toTensor(array).unsqueeze(0).to(m_placement.device, m_placement.type);
    };
    return m_network.resume(place(base.tokens[first]),
                            first < base.innerTokens.size() ? place(base.innerTokens[first]) : at::Tensor());
}

void ChangedPass::patchTokens(int index, State& state) const
{
    for (const TokenPatch& patch : m_edits.tokenPatches) {
        if (patch.state != index)
            continue;
        const at::Tensor rows = toTensor(patch.rows).to(state.tokens.options());
        state.tokens = state.tokens.clone();
        for (std::size_t i = 0; i < patch.tokens.size(); ++i)
            state.tokens.select(1, patch.tokens[i]).copy_(rows[static_cast<std::int64_t>(i)]);
    }
}

void ChangedPass::run(const Trace& base, Recorder& recorder)
{
    const int first = m_edits.firstLayer();
    State state = start(base);
    patchTokens(first, state);
    recorder.recording.tokens.push_back(state.tokens);
    if (state.inner.tokens.defined())
        recorder.recording.innerTokens.push_back(state.inner.tokens.unsqueeze(0));
    for (int layer = first; layer < m_spec.layers; ++layer) {
        m_network.runBlock(layer, state, ofBlock(layer), recorder);
        patchTokens(layer + 1, state);
        recorder.recording.tokens.back() = state.tokens;
        recorder.endStage("block " + std::to_string(layer));
    }
    recorder.recording.logits = m_network.logits(state.tokens, m_edits.maskedPatches);
    recorder.recording.embedding = m_network.embedding(state.tokens, m_edits.maskedPatches);
    recorder.recording.pooling = m_network.pooling(state.tokens, m_edits.maskedPatches);
    recorder.endStage("head");
}

}  // namespace vitrine::nn
