// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/explain/layer_statistics.h"

#include <cmath>
#include <limits>

#include "core/explain/embeddings.h"
#include "core/explain/head_metrics.h"
#include "core/explain/inner.h"
#include "core/explain/statistics.h"

namespace vitrine {

namespace {

constexpr double nothing = std::numeric_limits<double>::quiet_NaN();

/// Mean over patch queries of the weight on the keys first .. last - 1, of one head's matrix [T, T].
double weightOn(const NdArray& head, int prefix, int first, int last)
{
    if (first == last)
        return nothing;
    const std::int64_t tokens = head.dim(0);
    double sum = 0;
    for (std::int64_t query = prefix; query < tokens; ++query)
        for (std::int64_t key = first; key < last; ++key)
            sum += head.data()[query * tokens + key];
    return sum / static_cast<double>(tokens - prefix);
}

/// What is the same for all heads of a layer.
std::vector<double> wholeLayer(const Trace& trace, int layer)
{
    const ModelSpec& spec = *trace.model;
    const auto after = static_cast<std::size_t>(layer) + 1;
    const NdArray norms = rowNorms(trace.tokens.at(after));
    double sum = 0;
    for (std::int64_t token = spec.prefixTokens(); token < norms.size(); ++token)
        sum += norms.data()[token];
    std::vector<double> row{sum / spec.patches(), spec.cls ? norms.data()[0] : nothing};
    if (spec.architecture == Architecture::Tnt) {
        const NdArray& inner = trace.innerAttention.at(static_cast<std::size_t>(layer));
        const std::int64_t t = inner.dim(3), rows = inner.size() / t;
        const NdArray flat = inner.reshaped({rows, t});
        double entropies = 0;
        for (std::int64_t i = 0; i < rows; ++i)
            entropies += entropy(flat[i].values());
        row.insert(row.end(), {entropies / static_cast<double>(rows), bridge(trace, layer).varyingShare()});
    }
    return row;
}

}  // namespace

std::vector<std::string> statisticsColumns(const ModelSpec& spec)
{
    std::vector<std::string> names{"layer",        "head",      "distance",   "entropy", "on_cls",
                                   "on_registers", "on_itself", "patch_norm", "cls_norm"};
    if (spec.architecture == Architecture::Tnt)
        names.insert(names.end(), {"inner_entropy", "inner_share"});
    return names;
}

NdArray layerStatistics(Engine& engine, const Trace& trace, std::stop_token stop)
{
    const ModelSpec& spec = *trace.model;
    const int prefix = spec.prefixTokens(), cls = spec.cls ? 1 : 0;
    std::vector<float> values;
    for (int layer = 0; layer < spec.layers; ++layer) {
        throwIfStopped(stop);
        const auto at = static_cast<std::size_t>(layer);
        const bool isWhole = at < trace.attention.size() && trace.attention[at].isWhole();
        const NdArray attention = isWhole ? trace.attention[at].matrices() : engine.attention(trace, layer, stop);
        const NdArray distance = headMetric(attention, spec, HeadMetric::MeanDistance);
        const NdArray entropies = headMetric(attention, spec, HeadMetric::Entropy);
        const NdArray self = headMetric(attention, spec, HeadMetric::SelfAttention);
        const std::vector<double> whole = wholeLayer(trace, layer);
        for (int head = 0; head < spec.heads; ++head) {
            const NdArray matrix = attention[head];
            for (const double value :
                 {double(layer), double(head), double(distance.at({head})), double(entropies.at({head})),
                  weightOn(matrix, prefix, 0, cls), weightOn(matrix, prefix, cls, prefix), double(self.at({head}))})
                values.push_back(static_cast<float>(value));
            values.insert(values.end(), whole.begin(), whole.end());
        }
    }
    const auto columns = static_cast<std::int64_t>(statisticsColumns(spec).size());
    return {{static_cast<std::int64_t>(spec.layers) * spec.heads, columns}, std::move(values)};
}

void TableMean::add(const NdArray& table)
{
    m_shape = table.shape();
    m_sums.resize(static_cast<std::size_t>(table.size()));
    m_counts.resize(m_sums.size());
    for (std::size_t i = 0; i < m_sums.size(); ++i)
        if (const float value = table.data()[i]; !std::isnan(value)) {
            m_sums[i] += value;
            m_counts[i] += 1;
        }
}

NdArray TableMean::mean() const
{
    std::vector<float> result;
    for (std::size_t i = 0; i < m_sums.size(); ++i)
        result.push_back(static_cast<float>(m_sums[i] / m_counts[i]));
    return {m_shape, std::move(result)};
}

}  // namespace vitrine
