// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/explain/maps.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>

#include "core/explain/attention.h"

namespace vitrine {

namespace {

/// Mean over heads of sum_i weight_i * term(flat index of head, i, j), for each j.
template <typename Term>
std::vector<float> fusedRow(const NdArray& matrices, std::span<const float> weights, Term term)
{
    const std::int64_t heads = matrices.dim(0), tokens = matrices.dim(1);
    std::vector<float> row(static_cast<std::size_t>(tokens));
    for (std::int64_t head = 0; head < heads; ++head)
        for (std::int64_t query = 0; query < tokens; ++query) {
            const float weight = weights[static_cast<std::size_t>(query)] / static_cast<float>(heads);
            if (weight == 0)
                continue;
            const std::int64_t first = (head * tokens + query) * tokens;
            float* sums = row.data();
            for (std::int64_t key = 0; key < tokens; ++key)
                sums[key] += weight * term(first + key);
        }
    return row;
}

float positive(float value)
{
    return value > 0 ? value : 0;
}

}  // namespace

std::vector<float> readout(const ModelSpec& spec, const NdArray& pooling)
{
    std::vector<float> weights(static_cast<std::size_t>(spec.tokens()));
    if (spec.pool == Pool::Attention && !pooling.empty()) {
        const std::int64_t heads = pooling.dim(0), tokens = pooling.dim(1);
        for (std::int64_t i = 0; i < pooling.size(); ++i)
            weights[static_cast<std::size_t>(i % tokens)] += pooling.data()[i] / static_cast<float>(heads);
        return weights;
    }
    const bool mean = spec.pool == Pool::Mean || spec.pool == Pool::Attention || !spec.cls;
    const float ofCls = mean ? 0 : spec.pool == Pool::Cls ? 1 : 0.5F;
    std::fill(weights.begin() + spec.prefixTokens(), weights.end(), (1 - ofCls) / static_cast<float>(spec.patches()));
    if (spec.cls)
        weights.front() = ofCls;
    return weights;
}

NdArray patchMap(const ModelSpec& spec, std::span<const float> row)
{
    return {{spec.gridHeight(), spec.gridWidth()}, std::vector<float>(row.begin() + spec.prefixTokens(), row.end())};
}

std::vector<float> attentionRow(const NdArray& a, std::span<const float> readout)
{
    return fusedRow(a, readout, [p = a.data()](std::int64_t i) { return p[i]; });
}

std::vector<float> valueAttentionRow(const NdArray& a, const NdArray& norms, std::span<const float> readout)
{
    const std::int64_t tokens = a.dim(1);
    return fusedRow(a, readout, [=, p = a.data(), n = norms.data()](std::int64_t i) {
        return p[i] * n[i / (tokens * tokens) * tokens + i % tokens];
    });
}

std::vector<float> gradientAttentionRow(const NdArray& a, const NdArray& g, std::span<const float> readout)
{
    return fusedRow(a, readout, [p = a.data(), q = g.data()](std::int64_t i) { return positive(p[i] * q[i]); });
}

std::vector<float> rowTimes(std::span<const float> row, std::span<const float> matrix)
{
    std::vector<float> result(row.size());
    const auto tokens = static_cast<std::int64_t>(row.size());
    float* sums = result.data();
    for (std::int64_t i = 0; i < tokens; ++i) {
        const float weight = row[static_cast<std::size_t>(i)];
        const float* line = matrix.data() + i * tokens;
        for (std::int64_t j = 0; weight != 0 && j < tokens; ++j)
            sums[j] += weight * line[j];
    }
    return result;
}

std::vector<float> leGradRow(const NdArray& g)
{
    const std::vector<float> equal(static_cast<std::size_t>(g.dim(1)), 1 / static_cast<float>(g.dim(1)));
    return fusedRow(g, equal, [p = g.data()](std::int64_t i) { return positive(p[i]); });
}

std::vector<float> attentionGradCamRow(const NdArray& a, const NdArray& g, std::span<const float> readout, int prefix)
{
    const std::int64_t heads = a.dim(0), tokens = a.dim(1);
    std::vector<float> sum(static_cast<std::size_t>(tokens));
    for (std::int64_t head = 0; head < heads; ++head) {
        const std::vector<float> gradient = attentionRow(g[head].reshaped({1, tokens, tokens}), readout);
        double weight = 0;
        for (std::int64_t key = prefix; key < tokens; ++key)
            weight += gradient[static_cast<std::size_t>(key)];
        weight /= static_cast<double>(heads * (tokens - prefix));
        const std::vector<float> row = attentionRow(a[head].reshaped({1, tokens, tokens}), readout);
        for (std::size_t key = 0; key < sum.size(); ++key)
            sum[key] += static_cast<float>(weight * row[key]);
    }
    std::ranges::transform(sum, sum.begin(), positive);
    return sum;
}

std::vector<float> agCamRow(const NdArray& logits, const NdArray& g, std::span<const float> readout)
{
    const auto heads = static_cast<float>(g.dim(0));
    return fusedRow(g, readout, [=, p = logits.data(), q = g.data()](std::int64_t i) {
        return heads * positive(q[i]) / (1 + std::exp(-p[i]));
    });
}

std::vector<float> gradCamRow(const NdArray& values, const NdArray& gradient, int prefix)
{
    const std::int64_t tokens = values.dim(0), width = values.dim(1);
    std::vector<double> weights(static_cast<std::size_t>(width));
    for (std::int64_t i = prefix * width; i < tokens * width; ++i)
        weights[static_cast<std::size_t>(i % width)] += gradient.data()[i] / static_cast<double>(tokens - prefix);
    std::vector<float> row;
    for (std::int64_t token = 0; token < tokens; ++token) {
        double sum = 0;
        for (std::int64_t channel = 0; channel < width; ++channel)
            sum += weights[static_cast<std::size_t>(channel)] * values.data()[token * width + channel];
        row.push_back(positive(static_cast<float>(sum)));
    }
    return row;
}

NdArray tokenWeightedAttention(const NdArray& a, const NdArray& values, const NdArray& tokens)
{
    const NdArray mean = fuseHeads(a, {});
    std::vector<float> weights;
    for (std::int64_t token = 0; token < values.size(); ++token)
        weights.push_back(tokens.data()[token] > 0 ? values.data()[token] / tokens.data()[token] : 0);
    std::vector<float> result(mean.values().begin(), mean.values().end());
    for (std::size_t i = 0; i < result.size(); ++i)
        result[i] *= weights[i % weights.size()];
    return {mean.shape(), std::move(result)};
}

std::vector<float> beyondIntuitionRow(std::span<const NdArray> factors, const NdArray& integral, std::span<const float> readout)
{
    const std::int64_t tokens = integral.dim(1);
    std::vector<float> row(readout.size());
    for (std::int64_t query = 0; query < tokens; ++query) {
        std::vector<float> one(readout.size());
        if (readout[static_cast<std::size_t>(query)] == 0)
            continue;
        one[static_cast<std::size_t>(query)] = readout[static_cast<std::size_t>(query)];
        const std::vector<float> gate = fusedRow(integral, one,
                                                 [p = integral.data()](std::int64_t i) { return positive(p[i]); });
        // The gate has the query's weight already.
        one[static_cast<std::size_t>(query)] = 1;
        for (std::size_t layer = factors.size(); layer-- > 0;) {
            const std::vector<float> step = rowTimes(one, factors[layer].values());
            std::ranges::transform(one, step, one.begin(), std::plus());
        }
        std::ranges::transform(one, gate, one.begin(), std::multiplies());
        std::ranges::transform(row, one, row.begin(), std::plus());
    }
    return row;
}

NdArray patchSums(const ModelSpec& spec, std::span<const float> pixels)
{
    std::vector<double> sums(static_cast<std::size_t>(spec.patches()));
    const int height = spec.gridHeight() * spec.patchHeight, width = spec.gridWidth() * spec.patchWidth;
    for (int channel = 0; channel < 3; ++channel)
        for (int y = 0; y < height; ++y)
            for (int x = 0; x < width; ++x) {
                const auto at = (static_cast<std::size_t>(channel) * spec.imageHeight + y) * spec.imageWidth + x;
                sums[static_cast<std::size_t>(y / spec.patchHeight) * spec.gridWidth() + x / spec.patchWidth] += pixels[at];
            }
    return {{spec.gridHeight(), spec.gridWidth()}, std::vector<float>(sums.begin(), sums.end())};
}

NdArray randomMap(const ModelSpec& spec, unsigned seed)
{
    // std's distributions differ between libraries; its engine does not.
    std::mt19937 random(seed);
    std::vector<float> values(static_cast<std::size_t>(spec.patches()));
    for (float& value : values)
        value = static_cast<float>(random() >> 8) / 16777216.0F;
    return {{spec.gridHeight(), spec.gridWidth()}, std::move(values)};
}

NdArray gaussianMap(const ModelSpec& spec, double sigma)
{
    std::vector<float> values;
    const int rows = spec.gridHeight(), columns = spec.gridWidth();
    for (int row = 0; row < rows; ++row)
        for (int column = 0; column < columns; ++column) {
            const double down = ((row + 0.5) / rows - 0.5) / sigma, across = ((column + 0.5) / columns - 0.5) / sigma;
            values.push_back(static_cast<float>(std::exp(-(down * down + across * across) / 2)));
        }
    return {{rows, columns}, std::move(values)};
}

}  // namespace vitrine
