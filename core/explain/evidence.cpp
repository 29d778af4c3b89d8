// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/explain/evidence.h"

#include <algorithm>

#include "core/explain/dot.h"
#include "core/explain/rollout.h"

namespace vitrine {

namespace {

constexpr std::int64_t mostHeld = std::int64_t(64) << 20;  // floats
const std::string inFloat32 = "run the model in float32, or choose another checkpoint";

void requireAll(const std::vector<NdArray>& arrays, const std::string& what)
{
    for (std::size_t i = 0; i < arrays.size(); ++i)
        requireFinite(arrays[i], what + std::to_string(i), inFloat32);
}

void requireFinitePass(const Trace& trace)
{
    requireFinite(trace.picture.input, "The picture as the network gets it", "choose another picture, mean or deviation");
    for (std::size_t state = 0; state < trace.tokens.size(); ++state)
        requireFinite(trace.tokens[state],
                      state == 0 ? "What enters block 0" : "The result of block " + std::to_string(state - 1), inFloat32);
}

}  // namespace

void requireFinite(const NdArray& array, const std::string& what, const std::string& advice)
{
    // Zero unless one of them is infinite or NaN, and a loop without a branch.
    const float* values = array.data();
    if (sumOf(array.size(), [=](std::int64_t i) { return 0 * values[i]; }) != 0)
        throw Error(what + " holds values that are infinite or not a number, so nothing can be read off it; " + advice + ".");
}

double Arguments::number(std::string_view name) const
{
    const auto found = std::ranges::find(m_method->parameters, name, &Parameter::name);
    const auto& set = m_query->parameters;
    auto value = set.find(std::string(m_method->id) + "." + std::string(name));
    if (value == set.end() && name == "layer")
        value = set.find(name);
    const double number = value != set.end() ? value->second : found->standard;
    return number == lastLayer && found->high == lastLayer ? m_spec->layers - 1 : number;
}

Evidence::Evidence(Engine& engine, const Trace& trace, const Query& query, std::span<const Method* const> chosen,
                   std::stop_token stop, Progress progress)
    : m_engine(engine)
    , m_trace(trace)
    , m_query(query)
    , m_chosen(chosen)
    , m_stop(std::move(stop))
    , m_progress(std::move(progress))
{
    requireFinitePass(trace);
}

void Evidence::tell(double fraction) const
{
    if (m_progress)
        m_progress((static_cast<double>(m_at) + fraction) / static_cast<double>(m_chosen.size()), m_chosen[m_at]->id);
}

const NdArray& Evidence::attention(int layer)
{
    if (const auto known = m_attention.find(layer); known != m_attention.end())
        return known->second;
    const auto at = static_cast<std::size_t>(layer);
    const bool isWhole = at < m_trace.attention.size() && m_trace.attention[at].isWhole();
    const NdArray found = isWhole ? m_trace.attention[at].matrices() : m_engine.attention(m_trace, layer, m_stop);
    requireFinite(found, "The attention of layer " + std::to_string(layer), inFloat32);
    // What the trace does not hold is held here, until it is too much.
    m_held += isWhole ? 0 : found.size();
    if (m_held > mostHeld) {
        m_attention.clear();
        m_held = found.size();
    }
    return m_attention.emplace(layer, found).first->second;
}

const NdArray& Evidence::innerAttention(int layer) const
{
    const auto at = static_cast<std::size_t>(layer);
    if (at >= m_trace.innerAttention.size() || m_trace.innerAttention[at].empty())
        throw Error("The inner transformer of this pass was not recorded: run the model again with recording on.");
    requireFinite(m_trace.innerAttention[at], "The inner attention of layer " + std::to_string(layer), inFloat32);
    return m_trace.innerAttention[at];
}

GradientOptions Evidence::wanted(const Kind& kind) const
{
    GradientOptions all;
    all.score = kind.first;
    all.backward = kind.second;
    all.attention = false;
    all.firstLayer = spec().layers - 1;
    for (const Method* method : m_chosen) {
        const Arguments arguments(*method, m_query, spec());
        for (const GradientOptions& one : method->needs.gradients) {
            if (Kind(one.score, one.backward) != kind)
                continue;
            all.attention |= one.attention;
            all.tokens |= one.tokens;
            all.pixels |= one.pixels;
            // A method that is told a layer looks at this one alone.
            const bool isOfLayer = std::ranges::find(method->parameters, "layer", &Parameter::name) != method->parameters.end();
            all.firstLayer = std::min(all.firstLayer, isOfLayer ? arguments.whole("layer") : 0);
        }
    }
    return all;
}

void Evidence::computeGradients(const Kind& asked)
{
    std::set<Kind> kinds{asked};
    for (const Method* method : m_chosen)
        for (const GradientOptions& one : method->needs.gradients)
            kinds.emplace(one.score, one.backward);
    std::vector<GradientOptions> options;
    for (const Kind& kind : kinds)
        options.push_back(wanted(kind));
    std::vector<Gradients> found = m_engine.allGradients(m_trace, m_query.objective, options, m_stop);
    for (const Kind& kind : kinds) {
        m_gradients.insert_or_assign(kind, std::move(found.front()));
        found.erase(found.begin());
    }
}

const Gradients& Evidence::gradients(Score score, Backward backward)
{
    const Kind kind(score, backward);
    if (!m_gradients.contains(kind))
        computeGradients(kind);
    const Gradients& found = m_gradients.at(kind);
    if (!m_finite.insert(kind).second)
        return found;
    requireAll(found.attention, "The gradient of the attention of layer ");
    requireAll(found.norm1, "The gradient of the first norm of block ");
    requireAll(found.norm1Values, "The first norm of block ");
    requireAll(found.innerAttention, "The gradient of the inner attention of layer ");
    requireFinite(found.pixels, "The gradient of the pixels", inFloat32);
    return found;
}

const std::vector<float>& Evidence::rolloutMatrix(int layer, HeadFusion fusion, double discard)
{
    const std::tuple key(layer, fusion, discard);
    const auto known = m_rollout.find(key);
    if (known != m_rollout.end())
        return known->second;
    return m_rollout.emplace(key, vitrine::rolloutMatrix(attention(layer), {fusion, 0, {}}, discard, spec().cls)).first->second;
}

}  // namespace vitrine
