// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/isa.h"
#include "core/kernels/tile.h"

namespace vitrine::kernels::VITRINE_ISA {

namespace {

// sums[tileRows][columns] = a[tileRows][depth] * panel[depth][columns], of factors
template <Product product, int columns>
void storeTile(const float* a, std::int64_t aStride, const float* panel, std::int64_t depth, float* sums,
               std::int64_t sumStride)
{
    V sum[tileRows][columns];
    multiplyTile<product>(a, aStride, panel, depth, sum);
#pragma GCC unroll 8
    for (int r = 0; r < tileRows; ++r) {
#pragma GCC unroll 8
        for (int c = 0; c < columns; ++c)
            store(sums + r * sumStride + c * lanes, sum[r][c]);
    }
}

// sums[tileRows][padded columns] = a[tileRows][depth] * packed
template <Product product>
void multiplyRows(const float* a, std::int64_t aStride, const float* packed, std::int64_t depth, const Panels& panels,
                  float* sums, std::int64_t sumStride)
{
    for (std::int64_t p = 0; p < panels.count; ++p) {
        const float* panel = packed + panels.begin(p) * lanes * depth;
        float* out = sums + panels.begin(p) * lanes;
        switch (panels.width(p)) {
        case 1:
            storeTile<product, 1>(a, aStride, panel, depth, out, sumStride);
            break;
        case 2:
            storeTile<product, 2>(a, aStride, panel, depth, out, sumStride);
            break;
        default:
            storeTile<product, 3>(a, aStride, panel, depth, out, sumStride);
            break;
        }
    }
}

// In place over one row of scores, and to `copy` where there is one; what lies behind the last token becomes 0.
void softmax(float* row, std::int64_t tokens, float* copy)
{
    const std::int64_t size = padded(tokens);
    for (std::int64_t i = tokens; i < size; ++i)
        row[i] = -3.0e38F;
    V top = load<V>(row);
    for (std::int64_t i = lanes; i < size; i += lanes)
        top = largest(top, load<V>(row + i));
    const float peak = maximum(top);
    V sum = {};
    for (std::int64_t i = 0; i < size; i += lanes) {
        const V e = exponential<lanes>(load<V>(row + i) - peak);
        store(row + i, e);
        sum += e;
    }
    // Padding gives e^-87 each, far below the sum's last bit, since the peak itself gives 1.
    const float factor = 1.0F / total(sum);
    for (std::int64_t i = 0; i < size; i += lanes) {
        const V probability = load<V>(row + i) * factor;
        store(row + i, probability);
        if (copy != nullptr)
            storePart(copy + i, probability, tokens - i);
    }
    for (std::int64_t i = tokens; i < size; ++i)
        row[i] = 0;
}

template <Product product>
void packHeadAs(const HeadView& head, float* packed)
{
    packColumns<product>(head.k, head.stride, head.width, head.tokens, 0, Panels(head.tokens).count, packed);
    packRows<product>(head.v, head.stride, head.tokens, head.width, packed + padded(head.tokens) * head.width);
}

template <Product product>
void attendRowsAs(const HeadView& head, const float* packed, float scale, std::int64_t first, std::int64_t last,
                  const HeadResult& result, float* scratch)
{
    const std::int64_t tokens = head.tokens, width = head.width, length = padded(tokens);
    const Panels keys(tokens), channels(width);
    const float* values = packed + length * width;
    float* queries = scratch;
    float* scores = queries + tileRows * padded(width);
    float* mixed = scores + tileRows * length;
    for (std::int64_t row = first; row < last; row += tileRows) {
        const std::int64_t rows = last - row < tileRows ? last - row : tileRows;
        for (std::int64_t r = 0; r < tileRows; ++r) {
            const float* q = head.q + (row + (r < rows ? r : rows - 1)) * head.stride;
            float* query = queries + r * padded(width);
            for (std::int64_t c = 0; c < width; ++c)
                query[c] = q[c] * scale;
            toFactors<product>(query, width, query);
        }
        multiplyRows<product>(queries, padded(width), packed, factors(product, width), keys, scores, length);
        for (std::int64_t r = 0; r < rows; ++r)
            softmax(scores + r * length, tokens,
                    result.probabilities != nullptr ? result.probabilities + (row + r) * tokens : nullptr);
        if (result.mixed == nullptr)
            continue;
        for (std::int64_t r = 0; r < rows; ++r)
            toFactors<product>(scores + r * length, tokens, scores + r * length);
        multiplyRows<product>(scores, length, values, factors(product, tokens), channels, mixed, padded(width));
        for (std::int64_t r = 0; r < rows; ++r)
            std::memcpy(result.mixed + (row + r) * result.mixedStride, mixed + r * padded(width),
                        static_cast<std::size_t>(width) * sizeof(float));
    }
}

} // namespace

// The size for Float32, which is more than enough for BFloat16.
std::int64_t packedHeadSize(std::int64_t tokens, std::int64_t width)
{
    return padded(tokens) * width + padded(width) * tokens;
}

std::int64_t attendScratchSize(std::int64_t tokens, std::int64_t width)
{
    return tileRows * (padded(tokens) + 2 * padded(width));
}

void packHead(const HeadView& head, float* packed)
{
    if (head.product == Product::Float32)
        packHeadAs<Product::Float32>(head, packed);
#if defined(__AVX512BF16__)
    else
        packHeadAs<Product::BFloat16>(head, packed);
#endif
}

void attendRows(const HeadView& head, const float* packed, float scale, std::int64_t first, std::int64_t last,
                const HeadResult& result, float* scratch)
{
    if (head.product == Product::Float32)
        attendRowsAs<Product::Float32>(head, packed, scale, first, last, result, scratch);
#if defined(__AVX512BF16__)
    else
        attendRowsAs<Product::BFloat16>(head, packed, scale, first, last, result, scratch);
#endif
}

} // namespace vitrine::kernels::VITRINE_ISA
