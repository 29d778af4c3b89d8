// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/explain/head_metrics.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "core/base/error.h"
#include "core/explain/dot.h"

namespace vitrine {

namespace {

/// Distances in pixels from one patch to all patches, [rows * columns] row-major. They depend on the offsets alone, so
/// one table over all offsets serves every patch.
class Distances {
public:
    explicit Distances(const ModelSpec& spec)
        : m_rows(spec.gridHeight())
        , m_columns(spec.gridWidth())
        , m_line(2 * m_columns - 1)
        , m_row(static_cast<std::size_t>(m_rows) * m_columns)
    {
        for (int down = 0; down < m_rows; ++down)
            for (int across = 1 - m_columns; across < m_columns; ++across)
                m_table.push_back(
                    std::hypot(static_cast<float>(down * spec.patchHeight), static_cast<float>(across * spec.patchWidth)));
    }

    const float* from(int patch)
    {
        const int row = patch / m_columns, column = patch % m_columns;
        for (int r = 0; r < m_rows; ++r) {
            const auto line = m_table.begin() + std::abs(r - row) * m_line + (m_columns - 1 - column);
            std::copy(line, line + m_columns, m_row.begin() + static_cast<std::ptrdiff_t>(r) * m_columns);
        }
        return m_row.data();
    }

private:
    int m_rows, m_columns, m_line;
    std::vector<float> m_table, m_row;
};

/// ln x of a normal positive float to about 1e-7, without a call or a branch so that loops over it become vectors:
/// x = 2^e m with m near 1, ln m = 2 artanh((m - 1) / (m + 1)). Gives about -87 for zero and denormals.
inline float fastLog(float x)
{
    // Compared as integers: a comparison of floats would keep the loop from becoming vectors.
    constexpr auto smallest = std::bit_cast<std::int32_t>(std::numeric_limits<float>::min());
    const std::int32_t bits = std::max(std::bit_cast<std::int32_t>(x), smallest);
    // 0x3f3504f3 are the bits of sqrt(1/2): m lies in [sqrt(1/2), sqrt(2)).
    const std::int32_t exponent = (bits - 0x3f3504f3) >> 23;
    const float m = std::bit_cast<float>(bits - exponent * (1 << 23));
    const float s = (m - 1) / (m + 1);
    const float s2 = s * s;
    const float series = 2 * s * (1 + s2 * (1 / 3.0F + s2 * (1 / 5.0F + s2 * (1 / 7.0F + s2 * (1 / 9.0F)))));
    return static_cast<float>(exponent) * 0.693147181F + series;
}

std::vector<double> meanDistance(const NdArray& layer, const ModelSpec& spec)
{
    const std::int64_t heads = layer.dim(0), tokens = layer.dim(1);
    const int prefix = spec.prefixTokens(), patches = spec.patches();
    std::vector<double> sums(static_cast<std::size_t>(heads));
    std::vector<int> counted(static_cast<std::size_t>(heads));
    Distances distances(spec);
    for (int query = 0; query < patches; ++query) {
        const float* distance = distances.from(query);
        for (std::int64_t head = 0; head < heads; ++head) {
            const float* row = layer.data() + (head * tokens + prefix + query) * tokens + prefix;
            const float weight = sumOf(patches, [=](std::int64_t i) { return row[i]; });
            // A query that looks at prefix tokens alone has no distance; NaN weights are counted, so that they show.
            if (weight == 0)
                continue;
            sums[static_cast<std::size_t>(head)] += dot(row, distance, patches) / weight;
            ++counted[static_cast<std::size_t>(head)];
        }
    }
    for (std::size_t head = 0; head < sums.size(); ++head)
        sums[head] /= counted[head];
    return sums;
}

std::vector<double> meanEntropy(const NdArray& layer)
{
    const std::int64_t heads = layer.dim(0), tokens = layer.dim(1);
    std::vector<double> sums(static_cast<std::size_t>(heads));
    std::vector<float> terms(static_cast<std::size_t>(tokens));
    for (std::int64_t head = 0; head < heads; ++head) {
        for (std::int64_t query = 0; query < tokens; ++query) {
            const float* row = layer.data() + (head * tokens + query) * tokens;
            float* term = terms.data();
            // Element by element first: a loop that sums up as well would not become vectors.
            for (std::int64_t i = 0; i < tokens; ++i)
                term[i] = row[i] * fastLog(row[i]);
            sums[static_cast<std::size_t>(head)] -= sumOf(tokens, [=](std::int64_t i) { return term[i]; });
        }
        sums[static_cast<std::size_t>(head)] /= static_cast<double>(tokens);
    }
    return sums;
}

/// Mean over patch queries of one entry of their row: `keyOf(query)`.
template <typename Key>
std::vector<double> meanEntry(const NdArray& layer, const ModelSpec& spec, Key keyOf)
{
    const std::int64_t heads = layer.dim(0), tokens = layer.dim(1);
    std::vector<double> means;
    for (std::int64_t head = 0; head < heads; ++head) {
        double sum = 0;
        for (std::int64_t query = spec.prefixTokens(); query < tokens; ++query)
            sum += layer.data()[(head * tokens + query) * tokens + keyOf(query)];
        means.push_back(sum / spec.patches());
    }
    return means;
}

std::vector<double> metricOf(const NdArray& layer, const ModelSpec& spec, HeadMetric metric)
{
    switch (metric) {
    case HeadMetric::MeanDistance:
        return meanDistance(layer, spec);
    case HeadMetric::Entropy:
        return meanEntropy(layer);
    case HeadMetric::AttentionToCls:
        if (!spec.cls)
            return std::vector<double>(static_cast<std::size_t>(layer.dim(0)));
        return meanEntry(layer, spec, [](std::int64_t) { return 0; });
    case HeadMetric::SelfAttention:
        return meanEntry(layer, spec, [](std::int64_t query) { return query; });
    }
    return {};
}

}  // namespace

NdArray headMetric(const LayerAttention& layer, const ModelSpec& spec, HeadMetric metric)
{
    if (layer.shape() != Shape{spec.heads, spec.tokens(), spec.tokens()})
        throw Error("This layer's attention has the shape " + toString(layer.shape()) + ", but the model has "
                    + std::to_string(spec.heads) + " heads and " + std::to_string(spec.tokens())
                    + " tokens: it is not of this model.");
    std::vector<float> means;
    const auto add = [&](const NdArray& heads) {
        for (const double mean : metricOf(heads, spec, metric))
            means.push_back(static_cast<float>(mean));
    };
    if (layer.isWhole())
        add(layer.matrices());
    // One matrix at a time in memory.
    for (std::int64_t head = 0; !layer.isWhole() && head < spec.heads; ++head)
        add(layer.matrix(head).reshaped({1, spec.tokens(), spec.tokens()}));
    return {{spec.heads}, std::move(means)};
}

NdArray headMetric(const Trace& trace, HeadMetric metric)
{
    const ModelSpec& spec = *trace.model;
    std::vector<float> all;
    const auto layers = static_cast<std::size_t>(spec.layers);
    all.reserve(layers * static_cast<std::size_t>(spec.heads));
    for (std::size_t layer = 0; layer < layers; ++layer) {
        if (layer >= trace.attention.size() || trace.attention[layer].empty()) {
            all.insert(all.end(), static_cast<std::size_t>(spec.heads), std::numeric_limits<float>::quiet_NaN());
            continue;
        }
        const NdArray one = headMetric(trace.attention[layer], spec, metric);
        all.insert(all.end(), one.values().begin(), one.values().end());
    }
    return {{spec.layers, spec.heads}, std::move(all)};
}

}  // namespace vitrine
