// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Matrix products by tiles that stay in registers; for kernel files alone, see simd.h.

#include "core/kernels/kernels.h"
#include "core/kernels/simd.h"

namespace vitrine::kernels {
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

VITRINE_INLINE I numbered()
{
    return loadIndices<lanes>(indices<lanes>.rotated);
}

VITRINE_INLINE V rotated(const V& values, int by)
{
    return __builtin_shuffle(values, loadIndices<lanes>(indices<lanes>.rotated + by));
}

// Halving the vector again and again instead of walking it: these sit on the critical path of every row.
VITRINE_INLINE float maximum(V values)
{
#pragma GCC unroll 4
    for (int step = lanes / 2; step > 0; step /= 2)
        values = largest(values, rotated(values, step));
    return values[0];
}

VITRINE_INLINE float total(V values)
{
#pragma GCC unroll 4
    for (int step = lanes / 2; step > 0; step /= 2)
        values += rotated(values, step);
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

// Memory that comes into the second cache while a product runs, `stride` bytes further at each step along its depth.
struct Ahead {
    const char* memory;
    std::int64_t stride;

    [[gnu::always_inline]] void fetch(std::int64_t step) const { __builtin_prefetch(memory + step * stride, 0, 2); }
};
struct NothingAhead {
    [[gnu::always_inline]] void fetch(std::int64_t) const {}
};

// sum[rows][columns] = a[rows][depth] * panel[depth][columns]
template <Product product, std::int64_t rows, int columns, typename Next = NothingAhead>
VITRINE_INLINE void multiplyTile(const float* a, std::int64_t aStride, const float* panel, std::int64_t depth,
                                 V (&sum)[rows][columns], const Next& next = {})
{
#pragma GCC unroll 8
    for (int r = 0; r < rows; ++r) {
#pragma GCC unroll 8
        for (int c = 0; c < columns; ++c)
            sum[r][c] = V{};
    }
    for (std::int64_t k = 0; k < depth; ++k) {
        next.fetch(k);
        V b[columns];
#pragma GCC unroll 8
        for (int c = 0; c < columns; ++c)
            b[c] = load<V>(panel + (k * columns + c) * lanes);
#pragma GCC unroll 8
        for (int r = 0; r < rows; ++r) {
#pragma GCC unroll 8
            for (int c = 0; c < columns; ++c)
                accumulate<product>(sum[r][c], a[r * aStride + k], b[c]);
        }
    }
}

// A factor of a product is a float, or a pair of bfloat16 in the space of a float.
constexpr std::int64_t floatsIn(Product product)
{
    return product == Product::Float32 ? 1 : 2;
}

// Factors along the depth of a product.
VITRINE_INLINE std::int64_t factors(Product product, std::int64_t depth)
{
    return (depth + floatsIn(product) - 1) / floatsIn(product);
}

// `lanes` factors of as many vectors of floats as a factor has.
template <Product product>
VITRINE_INLINE V joined(const V (&floats)[floatsIn(product)])
{
#if defined(__AVX512BF16__)
    if constexpr (product == Product::BFloat16)
        return (V)_mm512_cvtne2ps_pbh((__m512)floats[1], (__m512)floats[0]);
#endif
    return floats[0];
}

// The next `lanes` factors, of `present` floats times `scale`; zeros behind them.
template <Product product>
VITRINE_INLINE V loadFactors(const float* from, std::int64_t present, float scale = 1)
{
    V floats[floatsIn(product)];
    for (int i = 0; i < floatsIn(product); ++i)
        floats[i] = loadPart<V>(from + i * lanes, present - i * lanes) * scale;
    return joined<product>(floats);
}

// A vector of floats as factors: half a vector in BFloat16. The rest of the register is undefined.
template <Product product>
VITRINE_INLINE V rounded(const V& floats)
{
#if defined(__AVX512BF16__)
    if constexpr (product == Product::BFloat16)
        return (V)_mm512_castsi256_si512((__m256i)_mm512_cvtneps_pbh((__m512)floats));
#endif
    return floats;
}

// Floats times `scale` to factors; in place is allowed. Whole vectors are written.
template <Product product>
void toFactors(const float* x, std::int64_t size, float scale, float* y)
{
    constexpr std::int64_t floats = floatsIn(product);
    for (std::int64_t i = 0; i < size; i += floats * lanes)
        store(y + i / floats, loadFactors<product>(x + i, size - i, scale));
}

// Factors of `lanes` columns, from one row, or in BFloat16 from a row and the next.
template <Product product>
VITRINE_INLINE V joinRows(const V& row, [[maybe_unused]] const V& next)
{
#if defined(__AVX512BF16__)
    if constexpr (product == Product::BFloat16) {
        const auto wide = [](const V& values) {
            return (I)_mm512_maskz_cvtepu16_epi32(0xFFFF, (__m256i)_mm512_cvtneps_pbh((__m512)values));
        };
        return (V)(wide(row) | (wide(next) << 16));
    }
#endif
    return row;
}

// packed[panel][factors of the depth][columns of the panel], where (row, column) lies at from[row * stride + column].
template <Product product>
void packRows(const float* from, std::int64_t stride, std::int64_t depth, std::int64_t columns, float* packed)
{
    constexpr std::int64_t floats = floatsIn(product);
    const Panels panels(columns);
    const std::int64_t count = factors(product, depth);
    for (std::int64_t p = 0; p < panels.count; ++p) {
        const std::int64_t first = panels.begin(p) * lanes, width = panels.width(p) * lanes;
        for (std::int64_t k = 0; k < count; ++k) {
            const float* row = from + k * floats * stride;
            const bool hasNext = k * floats + 1 < depth;
            for (std::int64_t c = first; c < first + width; c += lanes)
                store(packed + first * count + k * width + c - first,
                      joinRows<product>(loadPart<V>(row + c, columns - c),
                                        hasNext ? loadPart<V>(row + stride + c, columns - c) : V{}));
        }
    }
}

// The same for panels [firstPanel, lastPanel), where (row, column) lies at from[column * stride + row].
template <Product product>
void packColumns(const float* from, std::int64_t stride, std::int64_t depth, std::int64_t columns, std::int64_t firstPanel,
                 std::int64_t lastPanel, float* packed)
{
    constexpr std::int64_t floats = floatsIn(product);
    const Panels panels(columns);
    const std::int64_t count = factors(product, depth);
    for (std::int64_t p = firstPanel; p < lastPanel; ++p) {
        const std::int64_t first = panels.begin(p) * lanes, width = panels.width(p) * lanes;
        for (std::int64_t column = first; column < first + width; column += lanes) {
            float* const to = packed + first * count + column - first;
            for (std::int64_t k = 0; k < count; k += lanes) {
                V part[lanes] = {};
                for (int c = 0; c < lanes && column + c < columns; ++c)
                    part[c] = loadFactors<product>(from + (column + c) * stride + k * floats, depth - k * floats);
                transpose<lanes>(part);
                for (int i = 0; i < lanes && k + i < count; ++i)
                    store(to + (k + i) * width, part[i]);
            }
        }
    }
}

}  // namespace
}  // namespace vitrine::kernels
