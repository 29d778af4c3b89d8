// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/explain/components.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include <Eigen/Eigenvalues>
#include <Spectra/MatOp/DenseSymMatProd.h>
#include <Spectra/SymEigsSolver.h>

#include "core/base/error.h"
#include "core/explain/matrices.h"
#include "core/kernels/product.h"

namespace vitrine {

namespace {

using RowMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// The largest eigenvalues of a symmetric matrix and their vectors (columns), largest first.
struct Eigenpairs {
    Eigen::VectorXd values;
    Eigen::MatrixXd vectors;
};

Eigenpairs largestEigenpairs(const Eigen::MatrixXd& matrix, int count)
{
    // Of the Lanczos iteration: eight times the three that are usually asked for.
    const Eigen::Index basis = std::max<Eigen::Index>(24, 2L * count);
    if (matrix.rows() > 2 * basis) {
        Spectra::DenseSymMatProd<double> product(matrix);
        Spectra::SymEigsSolver<Spectra::DenseSymMatProd<double>> solver(product, count, basis);
        try {
            solver.init();
            solver.compute(Spectra::SortRule::LargestAlge);
            if (solver.info() == Spectra::CompInfo::Successful)
                return {solver.eigenvalues(), solver.eigenvectors()};
        } catch (const std::runtime_error&) {
            // Rows of which many are alike can leave the iteration nowhere to go; the whole decomposition takes them.
        }
    }
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(matrix);
    return {solver.eigenvalues().tail(count).reverse(), solver.eigenvectors().rightCols(count).rowwise().reverse()};
}

}  // namespace

PrincipalComponents principalComponents(const NdArray& rows, int count)
{
    const std::int64_t n = rows.dim(0), d = rows.dim(1);
    if (!std::ranges::all_of(rows.values(), [](float value) { return std::isfinite(value); }))
        throw Error("Principal components need numbers: some of these states are infinite or not a number.");
    count = static_cast<int>(std::min({std::int64_t(count), n, d}));
    const std::vector<float> centred = centredColumns(rows);
    // The smaller of X X^T and X^T X: both have the eigenvalues that count.
    const bool fewRows = n <= d;
    const std::int64_t order = std::min(n, d);
    const std::vector<float> sides = fewRows ? centred : transposed(centred.data(), n, d);
    const std::vector<float> gram = kernels::timesTransposed(sides.data(), order, sides.data(), order, fewRows ? d : n);
    const Eigen::MatrixXd symmetric = Eigen::Map<const RowMajor>(gram.data(), order, order).cast<double>();
    Eigenpairs pairs = largestEigenpairs(symmetric, count);
    // What lies below the rounding of the products is no direction of the rows.
    count = static_cast<int>((pairs.values.array() > 1e-6 * symmetric.trace()).count());
    pairs.vectors.conservativeResize(Eigen::NoChange, count);

    const Eigen::Map<const RowMajor> x(centred.data(), n, d);
    RowMajor directions = fewRows ? RowMajor(pairs.vectors.transpose().cast<float>() * x)
                                  : RowMajor(pairs.vectors.transpose().cast<float>());
    for (Eigen::Index k = 0; k < count; ++k) {
        Eigen::Index largest = 0;
        directions.row(k).cwiseAbs().maxCoeff(&largest);
        directions.row(k) *= std::copysign(1 / directions.row(k).norm(), directions(k, largest));
    }
    const RowMajor scores = x * directions.transpose();

    PrincipalComponents result;
    result.directions = {{count, d}, std::vector<float>(directions.data(), directions.data() + directions.size())};
    result.scores = {{n, count}, std::vector<float>(scores.data(), scores.data() + scores.size())};
    const double freedom = static_cast<double>(std::max<std::int64_t>(1, n - 1));
    for (Eigen::Index k = 0; k < count; ++k)
        result.variances.push_back(scores.col(k).cast<double>().squaredNorm() / freedom);
    result.totalVariance = symmetric.trace() / freedom;
    return result;
}

NdArray componentColours(const PrincipalComponents& components)
{
    const std::int64_t count = components.scores.dim(1);
    std::vector<float> colours(components.scores.values().begin(), components.scores.values().end());
    for (std::size_t i = 0; i < colours.size(); ++i) {
        const double deviation = std::sqrt(components.variances[i % static_cast<std::size_t>(count)]);
        colours[i] = static_cast<float>(1 / (1 + std::exp(-2 * colours[i] / deviation)));
    }
    return {components.scores.shape(), std::move(colours)};
}

NdArray componentShades(const PrincipalComponents& components)
{
    constexpr std::size_t shades = 3;
    const NdArray colours = componentColours(components);
    const auto count = static_cast<std::size_t>(colours.dim(1));
    std::vector<float> result;
    for (std::size_t row = 0; row < static_cast<std::size_t>(colours.dim(0)); ++row)
        for (std::size_t k = 0; k < shades; ++k)
            result.push_back(k < count ? colours.values()[row * count + k] : 0.5F);
    return {{colours.dim(0), std::int64_t(shades)}, std::move(result)};
}

NdArray stackedRows(const std::vector<NdArray>& matrices)
{
    std::vector<float> values;
    for (const NdArray& matrix : matrices)
        values.insert(values.end(), matrix.values().begin(), matrix.values().end());
    const std::int64_t width = matrices.front().dim(1);
    const Shape shape{static_cast<std::int64_t>(values.size()) / width, width};
    return {shape, std::move(values)};
}

NdArray rowsWhere(const NdArray& rows, const std::vector<bool>& chosen)
{
    std::vector<float> values;
    for (std::int64_t row = 0; row < rows.dim(0); ++row)
        if (chosen[static_cast<std::size_t>(row)])
            values.insert(values.end(), rows.data() + row * rows.dim(1), rows.data() + (row + 1) * rows.dim(1));
    const Shape shape{static_cast<std::int64_t>(values.size()) / rows.dim(1), rows.dim(1)};
    return {shape, std::move(values)};
}

std::vector<bool> foregroundOf(const NdArray& rows, double threshold)
{
    const PrincipalComponents first = principalComponents(rows, 1);
    if (first.scores.dim(1) == 0)
        throw Error("All patches are alike, so none of them is the foreground.");
    const auto [low, high] = std::ranges::minmax(first.scores.values());
    std::vector<bool> result;
    for (const float score : first.scores.values()) {
        const double place = (double(score) - low) / (double(high) - low);
        result.push_back(threshold < 0 ? place < -threshold : place > threshold);
    }
    if (std::ranges::find(result, true) == result.end())
        throw Error("No patch is beyond that threshold, so there is no foreground; choose another one.");
    return result;
}

}  // namespace vitrine
