// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/explain/head_metrics.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

#include "core/base/error.h"
#include "core/base/progress.h"
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

/// The mean of one number over the rows of one head's matrix.
class RowMean {
public:
    RowMean(const ModelSpec& spec, HeadMetric metric)
        : m_spec(spec)
        , m_metric(metric)
        , m_distances(spec)
        , m_terms(static_cast<std::size_t>(spec.tokens()))
    {
    }

    /// The row of a query: all of them, in order.
    void add(int query, const float* row)
    {
        if (m_metric != HeadMetric::Entropy && query < m_spec.prefixTokens())
            return;
        const std::optional<double> number = numberOf(query, row);
        m_sum += number.value_or(0);
        m_counted += number ? 1 : 0;
    }

    float mean() const { return static_cast<float>(m_sum / m_counted); }

private:
    std::optional<double> numberOf(int query, const float* row)
    {
        switch (m_metric) {
        case HeadMetric::MeanDistance:
            return distanceOf(row + m_spec.prefixTokens(), m_distances.from(query - m_spec.prefixTokens()));
        case HeadMetric::Entropy:
            return entropyOf(row);
        case HeadMetric::AttentionToCls:
            return m_spec.cls ? row[0] : 0;
        case HeadMetric::SelfAttention:
            return row[query];
        }
        return std::nullopt;
    }

    // A query that looks at prefix tokens alone has no distance; NaN weights are counted, so that they show.
    std::optional<double> distanceOf(const float* patches, const float* distance) const
    {
        const float weight = sumOf(m_spec.patches(), [=](std::int64_t i) { return patches[i]; });
        return weight == 0 ? std::nullopt : std::optional<double>(dot(patches, distance, m_spec.patches()) / weight);
    }

    double entropyOf(const float* row)
    {
        float* const term = m_terms.data();
        const std::int64_t tokens = m_spec.tokens();
        // Element by element first: a loop that sums up as well would not become vectors.
        for (std::int64_t i = 0; i < tokens; ++i)
            term[i] = row[i] * fastLog(row[i]);
        return -sumOf(tokens, [=](std::int64_t i) { return term[i]; });
    }

    const ModelSpec& m_spec;
    HeadMetric m_metric;
    Distances m_distances;
    std::vector<float> m_terms;
    double m_sum = 0;
    int m_counted = 0;
};

/// Rows that are computed: as many at a time as stay in the processor's cache.
float meanOf(const LayerAttention& layer, int head, const ModelSpec& spec, HeadMetric metric)
{
    RowMean mean(spec, metric);
    const int tokens = spec.tokens(), rowsAtATime = layer.isWhole() ? tokens : 128;
    const NdArray whole = layer.isWhole() ? layer.matrix(head) : NdArray();
    std::vector<int> queries;
    std::vector<float> computed;
    for (int first = 0; first < tokens; first += rowsAtATime) {
        queries.resize(static_cast<std::size_t>(std::min(rowsAtATime, tokens - first)));
        std::iota(queries.begin(), queries.end(), first);
        if (!layer.isWhole())
            computed = layer.rows(head, queries);
        const float* row = layer.isWhole() ? whole.data() : computed.data();
        for (const int query : queries) {
            mean.add(query, row);
            row += tokens;
        }
    }
    return mean.mean();
}

}  // namespace

NdArray headMetric(const LayerAttention& layer, const ModelSpec& spec, HeadMetric metric, const std::stop_token& stop)
{
    const Shape expected{spec.heads, spec.tokens(), spec.tokens()};
    if (layer.shape() != expected)
        throw Error("This layer's attention has the shape " + toString(layer.shape()) + ", but the model has "
                    + std::to_string(spec.heads) + " heads and " + std::to_string(spec.tokens())
                    + " tokens: it is not of this model.");
    std::vector<float> means;
    for (int head = 0; head < spec.heads; ++head) {
        throwIfStopped(stop);
        means.push_back(meanOf(layer, head, spec, metric));
    }
    return {{spec.heads}, std::move(means)};
}

NdArray headMetric(const Trace& trace, HeadMetric metric, const std::stop_token& stop)
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
        const NdArray one = headMetric(trace.attention[layer], spec, metric, stop);
        all.insert(all.end(), one.values().begin(), one.values().end());
    }
    return {{spec.layers, spec.heads}, std::move(all)};
}

}  // namespace vitrine
