// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/nn/plain/gradient_pass.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include <ATen/ATen.h>

namespace vitrine::nn::plain {

namespace {

// What the pass was, layer by layer; all ways back share it.
class Forward {
public:
    Forward(const Network* network, const at::Device& device, const Trace& trace, const std::function<NdArray(int)>& attention)
        : m_network(network)
        , m_device(device)
        , m_trace(trace)
        , m_attention(attention)
    {
    }

    at::Tensor place(const NdArray& array) const { return toTensor(array).to(m_device); }
    at::Tensor state(std::size_t index) const { return place(m_trace.tokens[index]).unsqueeze(0); }
    Tape outer(const Layer& layer, int index, double attentionScale, bool queriesAndKeys) const;
    Tape inner(const Layer& layer, int index, bool queriesAndKeys) const;

private:
    at::Tensor fed(std::size_t index) const;

    const Network* m_network;
    at::Device m_device;
    const Trace& m_trace;
    const std::function<NdArray(int)>& m_attention;
};

// What enters a layer's first norm.
at::Tensor Forward::fed(std::size_t index) const
{
    at::Tensor x = state(index);
    if (m_trace.model->architecture == Architecture::Tnt) {
        x = x.clone();
        x.slice(1, m_trace.model->prefixTokens()).add_(place(m_trace.innerProjection[index]));
    }
    return x;
}

Tape Forward::outer(const Layer& layer, int index, double attentionScale, bool queriesAndKeys) const
{
    TapeOptions taped;
    taped.attention = place(m_attention(index)).unsqueeze(0);
    taped.attentionScale = attentionScale;
    taped.queriesAndKeys = queriesAndKeys;
    if (m_network != nullptr) {
        taped.packedAttention = &m_network->attention(index);
        taped.packedMlp = &m_network->mlp(index);
    }
    return record(layer.outer, fed(static_cast<std::size_t>(index)), taped);
}

Tape Forward::inner(const Layer& layer, int index, bool queriesAndKeys) const
{
    const auto at = static_cast<std::size_t>(index);
    return record(*layer.inner, place(m_trace.innerTokens[at]), {place(m_trace.innerAttention[at]), {}, 1, queriesAndKeys});
}

// One way back.
class Pass {
public:
    Pass(PlainWeights& weights, const Forward& forward, const Trace& trace, const Objective& objective,
         const GradientOptions& options)
        : m_weights(weights)
        , m_forward(forward)
        , m_trace(trace)
        , m_spec(*trace.model)
        , m_objective(objective)
        , m_options(options)
        , m_tnt(m_spec.architecture == Architecture::Tnt)
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

    bool reaches(int layer) const { return layer >= m_options.firstLayer; }
    double attentionScale(int layer) const { return layer + 1 == m_spec.layers ? m_options.lastAttentionScale : 1; }
    /// Whether derivatives go through what the layer's queries and keys are.
    bool throughQueries(int layer) const { return reach(layer) == Reach::Input && m_options.backward == Backward::Exact; }
    bool throughInnerQueries(int layer) const { return goesBelow(layer) && m_options.backward == Backward::Exact; }
    void layer(int index, const Tape& outer, const Tape* inner);
    void stem();
    /// Whether anything below the first layer is asked for.
    bool wantsStem() const { return m_options.firstLayer == 0 && !m_eachLayer && (m_options.tokens || m_options.pixels); }

    Gradients result;

private:
    // A TNT's inner attention lies below its outer one.
    Reach reach(int index) const { return goesBelow(index) || m_tnt ? Reach::Input : Reach::Attention; }
    at::Tensor place(const NdArray& array) const { return m_forward.place(array); }
    void score(const Layer& layer, const Tape& tape, std::size_t index);
    bool goesBelow(int index) const;
    void inner(const Layer& layer, const Tape& tape, const at::Tensor& outer, int index);
    void keep(std::vector<NdArray>& list, std::size_t index, const at::Tensor& gradient) const;

    PlainWeights& m_weights;
    const Forward& m_forward;
    const Trace& m_trace;
    const ModelSpec& m_spec;
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

bool Pass::goesBelow(int index) const
{
    return m_options.tokens || m_options.pixels || (index > m_options.firstLayer && !m_eachLayer);
}

void Pass::score(const Layer& layer, const Tape& tape, std::size_t index)
{
    const bool last = index + 1 == static_cast<std::size_t>(m_spec.layers);
    if (!last && !m_eachLayer)
        return;
    const at::Tensor after = tape.attentionScale == 1 ? m_forward.state(index + 1) : output(layer.outer, tape);
    m_tokens = m_eachLayer ? beforeHeadOfMean(m_weights.head(), after, m_objective, m_options.backward)
                           : beforeHead(m_weights.head(), after, m_objective, m_options.backward);
    m_inner = at::Tensor();
    if (last)
        keep(result.tokens, index + 1, m_tokens.expand_as(after)[0]);
}

void Pass::layer(int index, const Tape& tape, const Tape* ofInner)
{
    const auto at = static_cast<std::size_t>(index);
    const Layer& layer = m_weights.layer(index);
    score(layer, tape, at);
    const BlockGradients found = beforeBlock(layer.outer, tape, m_tokens, m_options.backward, reach(index));
    keep(result.attention, at, found.attention[0]);
    if (reach(index) == Reach::Attention)
        return;
    keep(result.norm1, at, found.norm1[0]);
    keep(result.norm1Values, at, tape.norm1.values[0]);
    if (m_tnt)
        inner(layer, *ofInner, found.x, index);
    m_tokens = found.x;
    keep(result.tokens, at, m_tokens[0]);
}

void Pass::inner(const Layer& layer, const Tape& tape, const at::Tensor& outer, int index)
{
    const auto at = static_cast<std::size_t>(index);
    const at::Tensor projection = outer.slice(1, m_spec.prefixTokens());
    keep(result.innerProjection, at, projection[0]);
    at::Tensor after = beforeProjection(layer, projection, place(m_trace.innerTokens[at + 1]), m_options.backward);
    if (m_inner.defined())
        after = after + m_inner;
    if (!m_eachLayer || index + 1 == m_spec.layers)
        keep(result.innerTokens, at + 1, after);
    const bool below = goesBelow(index);
    const BlockGradients found = beforeBlock(*layer.inner, tape, after, m_options.backward,
                                             below ? Reach::Input : Reach::Attention);
    keep(result.innerAttention, at, found.attention);
    m_inner = found.x;
    if (m_eachLayer && below)
        keep(result.innerTokens, at, m_inner);
}

void Pass::stem()
{
    const Stem& stem = m_weights.stem();
    const at::Tensor embedded = beforePositions(stem, m_tokens, place(m_trace.patchEmbedding).unsqueeze(0),
                                                place(m_trace.positionEmbedding), m_options.backward);
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

// One layer of all ways back that come so far. What the last layer's matrices are multiplied by may differ between them.
void passLayer(std::vector<Pass>& passes, PlainWeights& weights, const Forward& forward, int index, bool isTnt)
{
    std::vector<Pass*> here;
    for (Pass& pass : passes) {
        if (pass.reaches(index))
            here.push_back(&pass);
    }
    const auto any = [&](bool (Pass::*through)(int) const) {
        return std::ranges::any_of(here, [&](const Pass* pass) { return (pass->*through)(index); });
    };
    if (here.empty())
        return;
    const Layer& layer = weights.layer(index);
    std::optional<Tape> inner;
    if (isTnt)
        inner = forward.inner(layer, index, any(&Pass::throughInnerQueries));
    while (!here.empty()) {
        const double scale = here.front()->attentionScale(index);
        const Tape outer = forward.outer(layer, index, scale, any(&Pass::throughQueries));
        std::erase_if(here, [&](Pass* pass) {
            if (pass->attentionScale(index) != scale)
                return false;
            pass->layer(index, outer, inner ? &*inner : nullptr);
            return true;
        });
    }
}

}  // namespace

std::vector<Gradients> gradients(PlainWeights& weights, const Network* network, const at::Device& device, const Trace& trace,
                                 const std::function<NdArray(int)>& attention, const Objective& objective,
                                 std::span<const GradientOptions> options, const std::stop_token& stop,
                                 const Progress& progress)
{
    const Forward forward(network, device, trace, attention);
    std::vector<Pass> passes;
    int first = trace.layers();
    for (const GradientOptions& one : options) {
        passes.emplace_back(weights, forward, trace, objective, one);
        first = std::min(first, one.firstLayer);
    }
    const bool wantsStem = std::ranges::any_of(passes, &Pass::wantsStem);
    const int stages = trace.layers() - first + (wantsStem ? 1 : 0);
    int done = 0;
    const auto endStage = [&](const std::string& name) {
        throwIfStopped(stop);
        if (progress)
            progress(static_cast<double>(++done) / stages, name);
    };
    throwIfStopped(stop);
    for (int layer = trace.layers() - 1; layer >= first; --layer) {
        passLayer(passes, weights, forward, layer, trace.model->architecture == Architecture::Tnt);
        endStage("block " + std::to_string(layer));
    }
    for (Pass& pass : passes) {
        if (pass.wantsStem())
            pass.stem();
    }
    if (wantsStem)
        endStage("embedding");
    std::vector<Gradients> results;
    for (Pass& pass : passes)
        results.push_back(std::move(pass.result));
    return results;
}

}  // namespace vitrine::nn::plain
