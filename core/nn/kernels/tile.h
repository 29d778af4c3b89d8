// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Matrix products by tiles that stay in registers; for kernel files alone, see simd.h.

#if defined(__AVX512BF16__)
#include <immintrin.h>
#endif

#include "core/nn/kernels/kernels.h"
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

using I = Simd<lanes>::Ints;

VITRINE_INLINE I rotation(int by)
{
    I index;
    for (int i = 0; i < lanes; ++i)
        index[i] = (i + by) % lanes;
    return index;
}

// Halving the vector again and again instead of walking it: these sit on the critical path of every row.
[[maybe_unused]] VITRINE_INLINE float maximum(V values)
{
#pragma GCC unroll 4
    for (int step = lanes / 2; step > 0; step /= 2)
        values = largest(values, __builtin_shuffle(values, rotation(step)));
    return values[0];
}

[[maybe_unused]] VITRINE_INLINE float total(V values)
{
#pragma GCC unroll 4
    for (int step = lanes / 2; step > 0; step /= 2)
        values += __builtin_shuffle(values, rotation(step));
    return values[0];
}

// sum += a * b, where in BFloat16 a float stands for the bits of two neighbours along the depth.
template <Product product>
VITRINE_INLINE void accumulate(V& sum, float a, const V& b)
{
    if constexpr (product == Product::Float32)
        sum += a * b;
#if defined(__AVX512BF16__)
    else
        sum = (V)_mm512_dpbf16_ps((__m512)sum, (__m512bh)_mm512_set1_ps(a), (__m512bh)b);
#endif
}

// sum[tileRows][columns] = a[tileRows][depth] * panel[depth][columns]
template <Product product, int columns>
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
                accumulate<product>(sum[r][c], a[r * aStride + k], b[c]);
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
