// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Matrix products by tiles that stay in registers; for kernel files alone, see simd.h.

#include "core/nn/kernels/simd.h"

namespace vitrine::nn {
namespace {

constexpr int lanes = VITRINE_LANES;
using V = Simd<lanes>::Floats;

// A tile of tileRows x (tileColumns vectors) keeps its sums in registers: 8 x 3 of AVX-512's 32, 4 x 3 of 16.
constexpr std::int64_t tileRows = lanes == 16 ? 8 : 4;
constexpr std::int64_t tileColumns = 3;

VITRINE_INLINE std::int64_t padded(std::int64_t n)
{
    return (n + lanes - 1) / lanes * lanes;
}

// Columns are cut into panels of nearly equal width, at most tileColumns vectors.
struct Panels {
    std::int64_t vectors, count;

    explicit Panels(std::int64_t columns)
        : vectors(padded(columns) / lanes)
        , count((vectors + tileColumns - 1) / tileColumns)
    {
    }
    std::int64_t begin(std::int64_t panel) const { return vectors * panel / count; }
    std::int64_t width(std::int64_t panel) const { return begin(panel + 1) - begin(panel); }
};

// sum[tileRows][columns] = a[tileRows][depth] * panel[depth][columns]
template <int columns>
VITRINE_INLINE void multiplyTile(const float* a, std::int64_t aStride, const float* panel, std::int64_t depth,
                                 V (&sum)[tileRows][columns])
{
#pragma GCC unroll 8
    for (int r = 0; r < tileRows; ++r) {
#pragma GCC unroll 8
        for (int c = 0; c < columns; ++c)
            sum[r][c] = V {};
    }
    for (std::int64_t k = 0; k < depth; ++k) {
        V b[columns];
#pragma GCC unroll 8
        for (int c = 0; c < columns; ++c)
            b[c] = load<V>(panel + (k * columns + c) * lanes);
#pragma GCC unroll 8
        for (int r = 0; r < tileRows; ++r) {
#pragma GCC unroll 8
            for (int c = 0; c < columns; ++c)
                sum[r][c] += a[r * aStride + k] * b[c];
        }
    }
}

// packed[panel][depth][columns of the panel]; the strides say where (depth, column) lies in `from`.
[[maybe_unused]] void pack(const float* from, std::int64_t depthStride, std::int64_t columnStride, std::int64_t depth,
          std::int64_t columns, float* packed)
{
    const Panels panels(columns);
    for (std::int64_t p = 0; p < panels.count; ++p) {
        const std::int64_t first = panels.begin(p) * lanes, width = panels.width(p) * lanes;
        const std::int64_t present = columns - first < width ? columns - first : width;
        float* panel = packed + first * depth;
        if (columnStride == 1) {
            for (std::int64_t k = 0; k < depth; ++k, panel += width) {
                std::memcpy(panel, from + k * depthStride + first, static_cast<std::size_t>(present) * sizeof(float));
                for (std::int64_t c = present; c < width; ++c)
                    panel[c] = 0;
            }
            continue;
        }
        for (std::int64_t c = 0; c < width; ++c) {
            const float* column = from + (first + c) * columnStride;
            for (std::int64_t k = 0; k < depth; ++k)
                panel[k * width + c] = c < present ? column[k * depthStride] : 0.0F;
        }
    }
}

} // namespace
} // namespace vitrine::nn
