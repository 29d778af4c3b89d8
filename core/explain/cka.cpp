// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/explain/cka.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "core/base/error.h"
#include "core/explain/dot.h"
#include "core/explain/matrices.h"
#include "core/kernels/product.h"

namespace vitrine {

namespace {

/// What HSIC compares of one layer: X X^T over the patches, its diagonal 0, row and column sums taken away so that
/// the dot product of two of these is n (n - 3) times the unbiased estimate.
std::vector<float> centredGram(const NdArray& tokens, int prefix)
{
    const std::int64_t n = tokens.dim(0) - prefix, d = tokens.dim(1);
    const NdArray patches({n, d}, std::shared_ptr<const float>(tokens.owner(), tokens.data() + prefix * d));
    // A common shift of all patches changes nothing but the rounding.
    const std::vector<float> x = centredColumns(patches);
    std::vector<float> gram = kernels::timesTransposed(x.data(), n, x.data(), n, d);

    std::vector<double> means(static_cast<std::size_t>(n));
    double total = 0;
    for (std::int64_t i = 0; i < n; ++i) {
        float* row = gram.data() + i * n;
        row[i] = 0;
        const double sum = sumOf(n, [row](std::int64_t j) { return row[j]; });
        means[static_cast<std::size_t>(i)] = sum / static_cast<double>(n - 2);
        total += sum;
    }
    const double all = total / static_cast<double>((n - 1) * (n - 2));
    std::vector<float> columnMeans(means.begin(), means.end());
    for (std::int64_t i = 0; i < n; ++i) {
        float* row = gram.data() + i * n;
        const auto shift = static_cast<float>(all - means[static_cast<std::size_t>(i)]);
        for (std::int64_t j = 0; j < n; ++j)
            row[j] += shift - columnMeans[static_cast<std::size_t>(j)];
        row[i] = 0;
    }
    return gram;
}

using Grams = std::vector<std::vector<float>>;

Grams centredGrams(const Trace& trace)
{
    Grams grams;
    for (const NdArray& tokens : trace.tokens)
        grams.push_back(centredGram(tokens, trace.model->prefixTokens()));
    return grams;
}

void addTo(std::vector<double>& sums, std::size_t at, const std::vector<float>& a, const std::vector<float>& b,
           std::size_t begin, std::size_t count)
{
    sums[at] += dot(a.data() + begin, b.data() + begin, static_cast<std::int64_t>(count));
}

} // namespace

void Cka::add(const Trace& a, const Trace& b)
{
    const int patches = a.model->patches();
    if (patches != b.model->patches())
        throw Error(a.model->name + " sees " + std::to_string(patches) + " patches and " + b.model->name + " "
                    + std::to_string(b.model->patches()) + ": their tokens can only be compared on equal grids; give one "
                    "of them another input size.");
    if (patches < 4)
        throw Error("CKA needs at least 4 patches, " + a.model->name + " sees " + std::to_string(patches) + ".");
    const Grams gramsOfA = centredGrams(a);
    const bool same = &a == &b;
    const Grams gramsOfB = same ? Grams() : centredGrams(b);
    const Grams& other = same ? gramsOfA : gramsOfB;
    m_rows = gramsOfA.size();
    m_columns = other.size();
    m_hsic.resize(m_rows * m_columns);
    m_ownRows.resize(m_rows);
    m_ownColumns.resize(m_columns);

    // Every pair over one piece that stays in the cache, then the next piece. n (n - 3) divides out.
    constexpr std::size_t piece = 4096;
    for (std::size_t begin = 0; begin < gramsOfA.front().size(); begin += piece) {
        const std::size_t count = std::min(piece, gramsOfA.front().size() - begin);
        for (std::size_t i = 0; i < m_rows; ++i) {
            addTo(m_ownRows, i, gramsOfA[i], gramsOfA[i], begin, count);
            for (std::size_t j = 0; j < m_columns; ++j)
                addTo(m_hsic, i * m_columns + j, gramsOfA[i], other[j], begin, count);
        }
        for (std::size_t j = 0; j < m_columns; ++j)
            addTo(m_ownColumns, j, other[j], other[j], begin, count);
    }
}

NdArray Cka::similarity() const
{
    std::vector<float> similarity(m_hsic.size());
    for (std::size_t i = 0; i < m_rows; ++i)
        for (std::size_t j = 0; j < m_columns; ++j) {
            const double norm = std::sqrt(m_ownRows[i] * m_ownColumns[j]);
            similarity[i * m_columns + j] = norm > 0 ? static_cast<float>(m_hsic[i * m_columns + j] / norm)
                                                     : std::numeric_limits<float>::quiet_NaN();
        }
    return {{static_cast<std::int64_t>(m_rows), static_cast<std::int64_t>(m_columns)}, std::move(similarity)};
}

} // namespace vitrine
