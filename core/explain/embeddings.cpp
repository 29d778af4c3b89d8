// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/explain/embeddings.h"

#include <algorithm>
#include <cmath>

#include "core/explain/dot.h"
#include "core/explain/statistics.h"
#include "core/kernels/product.h"

namespace vitrine {

NdArray rowNorms(const NdArray& rows)
{
    const std::int64_t n = rows.dim(0), d = rows.dim(1);
    std::vector<float> norms(static_cast<std::size_t>(n));
    for (std::int64_t i = 0; i < n; ++i) {
        const float* const row = rows.data() + i * d;
        const double sum = sumOf<double>(d, [row](std::int64_t k) { return static_cast<double>(row[k]) * row[k]; });
        norms[static_cast<std::size_t>(i)] = static_cast<float>(std::sqrt(sum));
    }
    return {{n}, std::move(norms)};
}

NdArray cosineSimilarity(const NdArray& rows)
{
    const std::int64_t n = rows.dim(0), d = rows.dim(1);
    const NdArray norms = rowNorms(rows);
    std::vector<float> unit(rows.values().begin(), rows.values().end());
    for (std::int64_t i = 0; i < n; ++i) {
        const float norm = norms.data()[i];
        float* row = unit.data() + i * d;
        // Divided, not multiplied by 1 / norm, which is infinite for the smallest norms; a norm of NaN stays visible.
        for (std::int64_t k = 0; k < d; ++k)
            row[k] = norm == 0 ? 0 : row[k] / norm;
    }

    return {{n, n}, kernels::timesTransposed(unit.data(), n, unit.data(), n, d)};
}

std::vector<float> cosineTo(const NdArray& rows, std::int64_t row)
{
    const NdArray norms = rowNorms(rows);
    std::vector<float> result;
    for (std::int64_t i = 0; i < rows.dim(0); ++i) {
        const double product = dot(rows[row].data(), rows[i].data(), rows.dim(1));
        const double length = static_cast<double>(norms.data()[row]) * norms.data()[i];
        result.push_back(static_cast<float>(length == 0 ? 0 : product / length));
    }
    return result;
}

std::vector<int> outlierTokens(const NdArray& norms, int prefixTokens)
{
    const std::int64_t tokens = norms.size();
    if (prefixTokens >= tokens)
        return {};
    const auto patches = norms.values().subspan(static_cast<std::size_t>(prefixTokens));
    const float median = quantile(patches, 0.5);
    std::vector<float> distances;
    distances.reserve(patches.size());
    for (const float norm : patches)
        distances.push_back(std::abs(norm - median));
    const float limit = std::max(median + 6 * 1.4826F * quantile(distances, 0.5), 2 * median);

    std::vector<int> outliers;
    for (std::int64_t token = prefixTokens; token < tokens; ++token)
        if (norms.data()[token] > limit)
            outliers.push_back(static_cast<int>(token));
    return outliers;
}

}  // namespace vitrine
