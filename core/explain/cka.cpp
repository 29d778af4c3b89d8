// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/explain/cka.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numbers>
#include <string>

#include "core/base/error.h"
#include "core/explain/dot.h"
#include "core/explain/matrices.h"
#include "core/kernels/product.h"

namespace vitrine {

namespace {

/// The patches of one state, ready for HSIC.
struct State {
    std::vector<float> x;      ///< [n, d]; a common shift of all patches, taken away here, changes nothing but rounding
    std::vector<float> means;  ///< n: of each row of X X^T without its diagonal, over n - 2
    float all = 0;             ///< of all of it, over (n - 1) (n - 2)
};

State stateOf(const NdArray& patches)
{
    const std::int64_t n = patches.dim(0), d = patches.dim(1);
    State state;
    state.x = centredColumns(patches);
    double total = 0;
    for (std::int64_t i = 0; i < n; ++i) {
        // The columns of X add up to 0, and so does a row of X X^T: without its diagonal it adds up to -x_i x_i.
        const double square = dot(state.x.data() + i * d, state.x.data() + i * d, d);
        state.means.push_back(static_cast<float>(-square / static_cast<double>(n - 2)));
        total -= square;
    }
    state.all = static_cast<float>(total / static_cast<double>((n - 1) * (n - 2)));
    return state;
}

/// Rows `begin` to `end` of what HSIC compares, from column `begin` on: X X^T, its diagonal 0, row and column sums taken
/// away, so that the dot product of two states' matrices is n (n - 3) times the unbiased estimate. The matrix is
/// symmetric: columns from `end` on stand for the rows below, too, and weigh twice.
std::vector<float> centredGram(const State& state, std::int64_t begin, std::int64_t end)
{
    const auto n = static_cast<std::int64_t>(state.means.size());
    const std::int64_t d = static_cast<std::int64_t>(state.x.size()) / n, columns = n - begin;
    const float* x = state.x.data() + begin * d;
    std::vector<float> gram = kernels::timesTransposed(x, end - begin, x, columns, d);
    const float* means = state.means.data() + begin;
    for (std::int64_t i = 0; i < end - begin; ++i) {
        float* row = gram.data() + i * columns;
        const float shift = state.all - means[i];
        for (std::int64_t j = 0; j < end - begin; ++j)
            row[j] += shift - means[j];
        for (std::int64_t j = end - begin; j < columns; ++j)
            row[j] = (row[j] + (shift - means[j])) * std::numbers::sqrt2_v<float>;
        row[i] = 0;
    }
    return gram;
}

std::vector<std::vector<float>> centredGrams(const Trace& trace, std::int64_t begin, std::int64_t end)
{
    std::vector<std::vector<float>> grams;
    // The states are made again for every block: holding all of them costs more in new memory.
    for (int state = 0; state < static_cast<int>(trace.tokens.size()); ++state)
        grams.push_back(centredGram(stateOf(trace.patchTokens(state)), begin, end));
    return grams;
}

/// Entries `begin` to `begin` + `count` of every Gram matrix, one after the other.
std::vector<float> piecesOf(const std::vector<std::vector<float>>& grams, std::size_t begin, std::size_t count)
{
    std::vector<float> pieces;
    pieces.reserve(grams.size() * count);
    for (const std::vector<float>& gram : grams)
        pieces.insert(pieces.end(), gram.begin() + static_cast<std::ptrdiff_t>(begin),
                      gram.begin() + static_cast<std::ptrdiff_t>(begin + count));
    return pieces;
}

void addSquares(std::vector<double>& sums, const std::vector<float>& pieces, std::size_t count)
{
    for (std::size_t i = 0; i < sums.size(); ++i) {
        const float* piece = pieces.data() + i * count;
        sums[i] += dot(piece, piece, static_cast<std::int64_t>(count));
    }
}

}  // namespace

void Cka::add(const Trace& a, const Trace& b)
{
    const int patches = a.model->patches();
    if (patches != b.model->patches())
        throw Error(a.model->name + " sees " + std::to_string(patches) + " patches and " + b.model->name + " "
                    + std::to_string(b.model->patches())
                    + ": their tokens can only be compared on equal grids; give one "
                      "of them another input size.");
    if (patches < 4)
        throw Error("CKA needs at least 4 patches, " + a.model->name + " sees " + std::to_string(patches) + ".");
    const bool same = &a == &b;
    m_rows = a.tokens.size();
    m_columns = b.tokens.size();
    m_hsic.resize(m_rows * m_columns);
    m_ownRows.resize(m_rows);
    m_ownColumns.resize(m_columns);

    for (std::int64_t begin = 0; begin < patches; begin += m_block) {
        const std::int64_t end = std::min<std::int64_t>(begin + m_block, patches);
        const Grams gramsOfA = centredGrams(a, begin, end);
        const Grams gramsOfB = same ? Grams() : centredGrams(b, begin, end);
        addProducts(gramsOfA, same ? gramsOfA : gramsOfB);
    }
}

void Cka::addProducts(const Grams& a, const Grams& b)
{
    // Every pair over one piece that stays in the cache, then the next piece. n (n - 3) divides out.
    constexpr std::size_t piece = 4096;
    for (std::size_t begin = 0; begin < a.front().size(); begin += piece) {
        const std::size_t count = std::min(piece, a.front().size() - begin);
        const std::vector<float> left = piecesOf(a, begin, count);
        const std::vector<float> right = &a == &b ? left : piecesOf(b, begin, count);
        const std::vector<float> products = kernels::timesTransposed(left.data(), static_cast<std::int64_t>(m_rows),
                                                                     right.data(), static_cast<std::int64_t>(m_columns),
                                                                     static_cast<std::int64_t>(count));
        std::ranges::transform(m_hsic, products, m_hsic.begin(), std::plus());
        addSquares(m_ownRows, left, count);
        addSquares(m_ownColumns, right, count);
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

}  // namespace vitrine
