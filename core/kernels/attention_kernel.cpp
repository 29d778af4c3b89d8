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

// Rows that will be written soon; no rows: null.
struct WrittenSoon {
    float* first = nullptr;
    std::int64_t stride = 0;

    // The memory behind these columns of tileRows rows comes into the cache while products are computed.
    void fetch(std::int64_t firstVector, std::int64_t vectors) const
    {
        for (std::int64_t r = 0; first != nullptr && r < tileRows; ++r)
            for (std::int64_t c = firstVector; c < firstVector + vectors; ++c)
                __builtin_prefetch(first + r * stride + c * lanes, 1);
    }
};

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

// storeTile() for scores: of the last vector's columns `present` are tokens, and the largest scores of each row go on in `top`
// while they are in registers.
template <Product product, int columns>
void scoreTile(const float* a, std::int64_t aStride, const float* panel, std::int64_t depth, float* sums,
               std::int64_t sumStride, std::int32_t present, V (&top)[tileRows])
{
    V sum[tileRows][columns];
    multiplyTile<product>(a, aStride, panel, depth, sum);
    const auto isToken = numbered() < present;
#pragma GCC unroll 8
    for (int r = 0; r < tileRows; ++r) {
        sum[r][columns - 1] = isToken ? sum[r][columns - 1] : splat<V>(-3.0e38F);
        V highest = top[r];
#pragma GCC unroll 8
        for (int c = 0; c < columns; ++c) {
            store(sums + r * sumStride + c * lanes, sum[r][c]);
            highest = largest(highest, sum[r][c]);
        }
        top[r] = highest;
    }
}

// Scores [tileRows][padded tokens] of queries, -3e38 behind the last token, and the largest of each row by lanes.
template <Product product>
void scoreRows(const float* queries, const float* packed, std::int64_t tokens, std::int64_t width, float* scores,
               V (&top)[tileRows], const WrittenSoon& next)
{
    const Panels keys(tokens);
    const std::int64_t depth = factors(product, width), stride = padded(tokens);
    for (V& each : top)
        each = splat<V>(-3.0e38F);
    for (std::int64_t p = 0; p < keys.count; ++p) {
        next.fetch(keys.begin(p), keys.width(p));
        const auto present = static_cast<std::int32_t>(p + 1 < keys.count ? lanes : tokens - stride + lanes);
        const float* panel = packed + keys.begin(p) * lanes * depth;
        float* out = scores + keys.begin(p) * lanes;
        switch (keys.width(p)) {
        case 1:
            scoreTile<product, 1>(queries, padded(width), panel, depth, out, stride, present, top);
            break;
        case 2:
            scoreTile<product, 2>(queries, padded(width), panel, depth, out, stride, present, top);
            break;
        default:
            scoreTile<product, 3>(queries, padded(width), panel, depth, out, stride, present, top);
            break;
        }
    }
}

// A row of `size` scores in units of ln 2 to the powers of its softmax; gives what makes their sum 1.
float softmax(float* row, std::int64_t size, float peak)
{
    V sum = {};
    for (std::int64_t i = 0; i < size; i += lanes) {
        const V power = softmaxPower<lanes>(load<V>(row + i), splat<V>(peak));
        store(row + i, power);
        sum += power;
    }
    // Padding gives 2^-126 each, far below the sum's last bit, since the peak itself gives 1.
    return 1.0F / total(sum);
}

// row * factor, to `to`, by whole cache lines of it. A line is put together from two vectors as they were computed just now; a
// load across them would wait for their stores.
void writeRow(const float* row, std::int64_t size, float factor, float* to)
{
    const auto misplaced = static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(to) / sizeof(float) % lanes);
    const std::int64_t ahead = misplaced == 0 ? 0 : lanes - misplaced;  // floats before the first whole line
    const I taken = numbered() + static_cast<std::int32_t>(ahead);
    float* line = to + ahead - lanes;
    V before = {};
    const auto write = [&](const V& next) {
        const V values = __builtin_shuffle(before, next, taken);
        if (line >= to && line + lanes <= to + size)
            store(line, values);
        else if (line >= to)
            storePart(line, values, to + size - line);
        before = next;
        line += lanes;
    };
    storePart(to, loadPart<V>(row, size) * factor, ahead < size ? ahead : size);
    for (std::int64_t i = 0; i < size; i += lanes)
        write(loadPart<V>(row + i, size - i) * factor);
    write(V{});
}

template <Product product>
void packHeadAs(const HeadView& head, float* packed)
{
    packColumns<product>(head.k, head.stride, head.width, head.tokens, 0, Panels(head.tokens).count, packed);
    if (head.v != nullptr)
        packRows<product>(head.v, head.stride, head.tokens, head.width, packed + padded(head.tokens) * head.width);
}

template <Product product>
void attendRowsAs(const HeadView& head, const float* packed, float scale, std::int64_t first, std::int64_t last,
                  const HeadResult& result, float* scratch)
{
    const std::int64_t tokens = head.tokens, width = head.width, length = padded(tokens);
    const Panels channels(width);
    const float* values = packed + length * width;
    float* queries = scratch;
    float* scores = queries + tileRows * padded(width);
    float* mixed = scores + tileRows * length;
    for (std::int64_t row = first; row < last; row += tileRows) {
        const std::int64_t rows = last - row < tileRows ? last - row : tileRows;
        for (std::int64_t r = 0; r < tileRows; ++r) {
            const float* q = head.q + (row + (r < rows ? r : rows - 1)) * head.stride;
            toFactors<product>(q, width, scale * log2OfE, queries + r * padded(width));
        }
        float* const probabilities = result.probabilities != nullptr ? result.probabilities + row * tokens : nullptr;
        V top[tileRows];
        scoreRows<product>(queries, packed, tokens, width, scores, top, {probabilities, tokens});
        float ofRow[tileRows];
        for (std::int64_t r = 0; r < rows; ++r) {
            float* const score = scores + r * length;
            const float peak = maximum(top[r]);
            ofRow[r] = softmax(score, length, peak);
            if (result.peaks != nullptr) {
                result.peaks[row + r] = peak;
                result.factors[row + r] = ofRow[r];
            }
            if (probabilities != nullptr)
                writeRow(score, tokens, ofRow[r], probabilities + r * tokens);
            if (product != Product::Float32)
                toFactors<product>(score, tokens, 1, score);
        }
        if (result.mixed == nullptr)
            continue;
        // Of the powers: what makes a row's sum 1 is a factor of a few channels rather than of all tokens.
        multiplyRows<product>(scores, length, values, factors(product, tokens), channels, mixed, padded(width));
        for (std::int64_t r = 0; r < rows; ++r) {
            for (std::int64_t c = 0; c < width; c += lanes)
                storePart(result.mixed + (row + r) * result.mixedStride + c, load<V>(mixed + r * padded(width) + c) * ofRow[r],
                          width - c);
        }
    }
}

// As many queries at a time as a panel has columns. Queries and keys change places in the product, which changes no bit.
template <Product product>
void attendColumnAs(const HeadView& head, float scale, std::int64_t key, const float* peaks, const float* factorsOfRows,
                    float* column, float* scratch)
{
    constexpr std::int64_t most = tileColumns * lanes;
    const std::int64_t width = head.width, length = padded(width);
    float* keyFactors = scratch;
    float* queries = keyFactors + length;
    float* packed = queries + most * length;
    float* scores = packed + most * length;
    toFactors<product>(head.k + key * head.stride, width, 1, keyFactors);
    for (std::int64_t first = 0; first < head.tokens; first += most) {
        const std::int64_t count = head.tokens - first < most ? head.tokens - first : most;
        for (std::int64_t i = 0; i < count; ++i)
            for (std::int64_t c = 0; c < width; c += lanes)
                store(queries + i * length + c,
                      loadPart<V>(head.q + (first + i) * head.stride + c, width - c) * (scale * log2OfE));
        const Panels panels(count);
        packColumns<product>(queries, length, width, count, 0, panels.count, packed);
        multiplyRows<product>(keyFactors, 0, packed, factors(product, width), panels, scores, most);
        for (std::int64_t i = 0; i < count; i += lanes) {
            const std::int64_t rest = count - i;
            const V power = softmaxPower<lanes>(load<V>(scores + i), loadPart<V>(peaks + first + i, rest));
            store(scores + i, power);
            storePart(column + first + i, load<V>(scores + i) * loadPart<V>(factorsOfRows + first + i, rest), rest);
        }
    }
}

}  // namespace

// The size for Float32, which is more than enough for BFloat16.
std::int64_t packedHeadSize(std::int64_t tokens, std::int64_t width)
{
    return padded(tokens) * width + padded(width) * tokens;
}

std::int64_t attendScratchSize(std::int64_t tokens, std::int64_t width)
{
    const std::int64_t ofRows = tileRows * (padded(tokens) + 2 * padded(width));
    const std::int64_t ofColumn = padded(width) + tileColumns * lanes * (2 * padded(width) + tileRows);
    return ofRows > ofColumn ? ofRows : ofColumn;
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

void attendColumn(const HeadView& head, float scale, std::int64_t key, const float* peaks, const float* factorsOfRows,
                  float* column, float* scratch)
{
    if (head.product == Product::Float32)
        attendColumnAs<Product::Float32>(head, scale, key, peaks, factorsOfRows, column, scratch);
#if defined(__AVX512BF16__)
    else
        attendColumnAs<Product::BFloat16>(head, scale, key, peaks, factorsOfRows, column, scratch);
#endif
}

}  // namespace vitrine::kernels::VITRINE_ISA
