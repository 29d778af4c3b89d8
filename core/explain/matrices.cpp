// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/explain/matrices.h"

#include <algorithm>

namespace vitrine {

std::vector<float> transposed(const float* matrix, std::int64_t rows, std::int64_t columns)
{
    constexpr std::int64_t tile = 16;  // a cache line of both
    std::vector<float> result(static_cast<std::size_t>(rows * columns));
    for (std::int64_t top = 0; top < rows; top += tile)
        for (std::int64_t left = 0; left < columns; left += tile)
            for (std::int64_t i = top; i < std::min(top + tile, rows); ++i)
                for (std::int64_t j = left; j < std::min(left + tile, columns); ++j)
                    result[static_cast<std::size_t>(j * rows + i)] = matrix[i * columns + j];
    return result;
}

std::vector<float> centredColumns(const NdArray& rows)
{
    const std::int64_t n = rows.dim(0), d = rows.dim(1);
    std::vector<double> mean(static_cast<std::size_t>(d));
    for (std::int64_t i = 0; i < n; ++i)
        for (std::int64_t k = 0; k < d; ++k)
            mean[static_cast<std::size_t>(k)] += rows.data()[i * d + k];
    for (double& value : mean)
        value /= static_cast<double>(n);
    std::vector<float> centred(rows.values().begin(), rows.values().end());
    for (std::int64_t i = 0; i < n; ++i)
        for (std::int64_t k = 0; k < d; ++k)
            centred[static_cast<std::size_t>(i * d + k)] -= static_cast<float>(mean[static_cast<std::size_t>(k)]);
    return centred;
}

}  // namespace vitrine
