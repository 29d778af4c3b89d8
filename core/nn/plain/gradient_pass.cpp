// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/nn/plain/gradient_pass.h"

#include <string>

#include <ATen/ATen.h>

namespace vitrine::nn::plain {

namespace {

class Pass {
public:
    Pass(PlainWeights& weights, const Network* network, const at::Device& device, const Trace& trace,
         const std::function<NdArray(int)>& attention, const Objective& objective, const GradientOptions& options)
        : m_weights(weights)
        , m_network(network)
        , m_device(device)
        , m_trace(trace)
        , m_spec(*trace.model)
        , m_attention(attention)
        , m_objective(objective)
        , m_options(options)
        , m_tnt(m_spec.family == Family::Tnt)
        , m_eachLayer(options.score == Score::EachLayer)
    {
        const auto layers = static_cast<std::size_t>(m_spec.layers);
        const bool inner = m_tnt;
        if (options.attention) {
            result.attention.resize(layers);
            result.innerAttention.resize(inner ? layers : 0);
        }
        if (options.tokens) {
            result.tokens.resize(layers + 1);
            result.norm1.resize(layers);
            result.norm1Values.resize(layers);
            result.innerTokens.resize(inner ? layers + 1 : 0);
            result.innerProjection.resize(inner ? layers : 0);
        }
    }

    void layer(int index);
    void stem();
    /// Whether anything below the first layer is asked for.
    bool wantsStem() const { return m_options.firstLayer == 0 && !m_eachLayer && (m_options.tokens || m_options.pixels); }

    Gradients result;

private:
    at::Tensor place(const NdArray& array) const { return toTensor(array).to(m_device); }
    at::Tensor state(std::size_t index) const { return place(m_trace.tokens[index]).unsqueeze(0); }
    at::Tensor fed(std::size_t index) const;
    void score(const Layer& layer, const Tape& tape, std::size_t index);
    bool goesBelow(int index) const;
    void inner(const Layer& layer, const at::Tensor& outer, int index);
    void keep(std::vector<NdArray>& list, std::size_t index, const at::Tensor& gradient) const;

    PlainWeights& m_weights;
    const Network* m_network;
    at::Device m_device;
    const Trace& m_trace;
    const ModelSpec& m_spec;
    const std::function<NdArray(int)>& m_attention;
    const Objective& m_objective;
    const GradientOptions& m_options;
    bool m_tnt, m_eachLayer;
    at::Tensor m_tokens;  ///< the derivative by the present state: [1, T, D], or [1, 1, D] where all tokens have the same
    at::Tensor m_inner;   ///< TNT: by the inner one [N, t, c]; undefined: none as yet
};

void Pass::keep(std::vector<NdArray>& list, std::size_t index, const at::Tensor& gradient) const
{
    if (!list.empty())
        list[index] = toNdArray(gradient);
}

// What enters a layer's first norm.
at::Tensor Pass::fed(std::size_t index) const
{
    at::Tensor x = state(index);
    if (m_tnt) {
        x = x.clone();
        x.slice(1, m_spec.prefixTokens()).add_(place(m_trace.innerProjection[index]));
    }
    return x;
}

bool Pass::goesBelow(int index) const
{
    return m_options.tokens || m_options.pixels || (index > m_options.firstLayer && !m_eachLayer);
}

void Pass::score(const Layer& layer, const Tape& tape, std::size_t index)
{
    const bool last = index + 1 == static_cast<std::size_t>(m_spec.layers);
    if (!last && !m_eachLayer)
        return;
    const at::Tensor after = tape.attentionScale == 1 ? state(index + 1) : output(layer.outer, tape);
    m_tokens = m_eachLayer ? beforeHeadOfMean(m_weights.head(), after, m_objective, m_options.backward)
                           : beforeHead(m_weights.head(), after, m_objective, m_options.backward);
    m_inner = at::Tensor();
    if (last)
        keep(result.tokens, index + 1, m_tokens.expand_as(after)[0]);
}

void Pass::layer(int index)
{
    const auto at = static_cast<std::size_t>(index);
    const Layer& layer = m_weights.layer(index);
    // A TNT's inner attention lies below its outer one.
    const Reach reach = goesBelow(index) || m_tnt ? Reach::Input : Reach::Attention;
    TapeOptions taped;
    taped.attention = place(m_attention(index)).unsqueeze(0);
    taped.attentionScale = index + 1 == m_spec.layers ? m_options.lastAttentionScale : 1;
    taped.queriesAndKeys = reach == Reach::Input && m_options.backward == Backward::Exact;
    if (m_network != nullptr) {
        taped.packedAttention = &m_network->attention(index);
        taped.packedMlp = &m_network->mlp(index);
    }
    const Tape tape = record(layer.outer, fed(at), taped);
    score(layer, tape, at);
    const BlockGradients found = beforeBlock(layer.outer, tape, m_tokens, m_options.backward, reach);
    keep(result.attention, at, found.attention[0]);
    if (reach == Reach::Attention)
        return;
    keep(result.norm1, at, found.norm1[0]);
    keep(result.norm1Values, at, tape.norm1.values[0]);
    if (m_tnt)
        inner(layer, found.x, index);
    m_tokens = found.x;
    keep(result.tokens, at, m_tokens[0]);
}

void Pass::inner(const Layer& layer, const at::Tensor& outer, int index)
{
    const auto at = static_cast<std::size_t>(index);
    const at::Tensor projection = outer.slice(1, m_spec.prefixTokens());
    keep(result.innerProjection, at, projection[0]);
    at::Tensor after
        = beforeProjection(layer, projection, place(m_trace.innerTokens[at + 1]), m_options.backward);
    if (m_inner.defined())
        after = after + m_inner;
    if (!m_eachLayer || index + 1 == m_spec.layers)
        keep(result.innerTokens, at + 1, after);
    const bool exact = m_options.backward == Backward::Exact, below = goesBelow(index);
    const Tape tape = record(*layer.inner, place(m_trace.innerTokens[at]),
                             {place(m_trace.innerAttention[at]), {}, 1, below && exact});
    const BlockGradients found
        = beforeBlock(*layer.inner, tape, after, m_options.backward, below ? Reach::Input : Reach::Attention);
    keep(result.innerAttention, at, found.attention);
    m_inner = found.x;
    if (m_eachLayer && below)
        keep(result.innerTokens, at, m_inner);
}

void Pass::stem()
{
    const Stem& stem = m_weights.stem();
    const at::Tensor embedded
        = beforePositions(stem, m_tokens, place(m_trace.patchEmbedding).unsqueeze(0), place(m_trace.positionEmbedding),
                          m_options.backward);
    if (m_options.tokens)
        result.patchEmbedding = toNdArray(embedded[0]);
    at::Tensor patches = embedded.slice(1, m_spec.prefixTokens());
    if (m_tnt) {
        patches = m_inner + beforePatches(stem, patches, place(m_trace.innerTokens[0]), m_options.backward);
        keep(result.innerTokens, 0, patches);
    }
    if (m_options.pixels)
        result.pixels = toNdArray(
            beforePixels(stem, patches, place(m_trace.picture.input).unsqueeze(0), m_spec, m_options.backward)[0]);
}

} // namespace

Gradients gradients(PlainWeights& weights, const Network* network, const at::Device& device, const Trace& trace,
                    const std::function<NdArray(int)>& attention, const Objective& objective,
                    const GradientOptions& options, const std::stop_token& stop, const Progress& progress)
{
    Pass pass(weights, network, device, trace, attention, objective, options);
    const int stages = trace.layers() - options.firstLayer + (pass.wantsStem() ? 1 : 0);
    int done = 0;
    const auto endStage = [&](const std::string& name) {
        throwIfStopped(stop);
        if (progress)
            progress(static_cast<double>(++done) / stages, name);
    };
    throwIfStopped(stop);
    for (int layer = trace.layers() - 1; layer >= options.firstLayer; --layer) {
        pass.layer(layer);
        endStage("block " + std::to_string(layer));
    }
    if (pass.wantsStem()) {
        pass.stem();
        endStage("embedding");
    }
    return std::move(pass.result);
}

} // namespace vitrine::nn::plain
