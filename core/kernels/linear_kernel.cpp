// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/isa.h"
#include "core/kernels/tile.h"

namespace vitrine::kernels::VITRINE_ISA {

namespace {

// So many row blocks are prepared at a time: 256 rows of AVX-512, and few passes over the weights.
constexpr std::int64_t preparedBlocks = 32;

std::int64_t rowBlocks(const LinearCall& call)
{
    return (call.rows + tileRows - 1) / tileRows;
}

// Where the rows do not divide into tiles, the last blocks have a row less: 197 = 22 x 8 + 3 x 7. Too few blocks for
// that: the last one is moved up to end at the last row, and leaves alone what the one before it has written.
struct RowBlock {
    std::int64_t first, written, rows;

    RowBlock(const LinearCall& call, std::int64_t index)
        : first(index * tileRows)
        , written(first)
        , rows(tileRows)
    {
        const std::int64_t blocks = rowBlocks(call), missing = blocks * tileRows - call.rows;
        if (missing <= blocks && index >= blocks - missing) {
            rows = tileRows - 1;
            written = first -= index - (blocks - missing);
        } else if (first + tileRows > call.rows) {
            first = call.rows - tileRows;
        }
    }
};

float meanOf(const float* x, std::int64_t size)
{
    const std::int64_t whole = size / lanes * lanes;
    V sums = {};
    for (std::int64_t i = 0; i < whole; i += lanes)
        sums += load<V>(x + i);
    float sum = total(sums);
    for (std::int64_t i = whole; i < size; ++i)
        sum += x[i];
    return sum / static_cast<float>(size);
}

void normalise(const float* x, std::int64_t size, const Norm& norm, float* y)
{
    const std::int64_t whole = size / lanes * lanes;
    const float mean = norm.bias != nullptr ? meanOf(x, size) : 0.0F;
    V squares = {};
    for (std::int64_t i = 0; i < whole; i += lanes) {
        const V difference = load<V>(x + i) - mean;
        squares += difference * difference;
    }
    float square = total(squares);
    for (std::int64_t i = whole; i < size; ++i)
        square += (x[i] - mean) * (x[i] - mean);
    const float factor = 1.0F / __builtin_sqrtf(square / static_cast<float>(size) + norm.epsilon);
    for (std::int64_t i = 0; i < whole; i += lanes) {
        const V scaled = (load<V>(x + i) - mean) * factor * load<V>(norm.weight + i);
        store(y + i, norm.bias != nullptr ? scaled + load<V>(norm.bias + i) : scaled);
    }
    for (std::int64_t i = whole; i < size; ++i)
        y[i] = (x[i] - mean) * factor * norm.weight[i] + (norm.bias != nullptr ? norm.bias[i] : 0.0F);
}

// Rows of x as the products want them, `stride` floats apart; row 0 is row `offset` of x.
struct Rows {
    const float* first;
    std::int64_t stride, offset;
};

std::int64_t scratchStride(const LinearCall& call)
{
    return padded(call.norm.weight != nullptr ? call.weight.in : factors(call.weight.product, call.weight.in));
}

Rows prepare(const LinearCall& call, std::int64_t firstBlock, std::int64_t lastBlock, float* scratch)
{
    const bool rounds = call.weight.product == Product::BFloat16 && !call.xIsRounded;
    if (call.norm.weight == nullptr && !rounds)
        return {call.x, call.xIsRounded ? call.weight.in / 2 : call.weight.in, 0};
    const RowBlock last(call, lastBlock - 1);
    const std::int64_t stride = scratchStride(call), offset = RowBlock(call, firstBlock).first;
    const std::int64_t end = last.first + last.rows;
    for (std::int64_t row = offset; row < end; ++row) {
        const float* x = call.x + row * call.weight.in;
        float* y = scratch + (row - offset) * stride;
        if (call.norm.weight != nullptr) {
            normalise(x, call.weight.in, call.norm, y);
            x = y;
        }
        if (rounds)
            toFactors<Product::BFloat16>(x, call.weight.in, 1, y);
    }
    return {scratch, stride, offset};
}

// The activation of whole vectors, as factors, in place. A loop of its own: while the sums of a tile fill the registers there is no
// room for the constants, and unrolled it would leave the instruction cache. noipa, because GCC 12 looks into it and then
// takes half of what its callers store for unread.
template <Product product>
[[gnu::noipa]] void activateInPlace(Epilogue epilogue, float* values, int vectors)
{
    const auto each = [=](const auto& activation) {
#pragma GCC unroll 2
        for (int i = 0; i < vectors; ++i)
            store(values + i * lanes / floatsIn(product), rounded<product>(activation(load<V>(values + i * lanes))));
    };
    if (epilogue == Epilogue::Gelu)
        each([](const V& x) { return gelu<lanes>(x); });
    else if (epilogue == Epilogue::GeluTanh)
        each([](const V& x) { return tanhGelu<lanes>(x); });
    else
        each([](const V& x) { return quickGelu<lanes>(x); });
}

// The factors of one vector of floats to `to`, of which `present` have room there.
template <Product product>
VITRINE_INLINE void copyFactors(const float* from, float* to, std::int64_t present)
{
    storePart(to, load<V>(from), (present < lanes ? present : lanes) / floatsIn(product));
}

template <Product product, Epilogue epilogue, std::int64_t height, int columns>
void runTile(const LinearCall& call, const Rows& rows, const RowBlock& block, std::int64_t column, const Ahead& next)
{
    const std::int64_t out = call.weight.out, present = out - column;
    const std::int64_t inner = factors(call.weight.product, call.weight.in);
    V sum[height][columns];
    multiplyTile<product>(rows.first + (block.first - rows.offset) * rows.stride, rows.stride,
                          call.weight.memory + column * inner, inner, sum, next);
    V bias[columns];
#pragma GCC unroll 8
    for (int c = 0; c < columns; ++c)
        bias[c] = call.bias != nullptr ? loadPart<V>(call.bias + column + c * lanes, present - c * lanes) : V{};
    float activated[epilogue == Epilogue::Gelu ? height * columns * lanes : 1];
    if constexpr (epilogue == Epilogue::Gelu) {
#pragma GCC unroll 8
        for (int r = 0; r < height; ++r) {
#pragma GCC unroll 8
            for (int c = 0; c < columns; ++c)
                store(activated + (r * columns + c) * lanes, sum[r][c] + bias[c]);
        }
        activateInPlace<product>(call.epilogue, activated, height * columns);
    }
#pragma GCC unroll 8
    for (int r = 0; r < height; ++r) {
        if (block.first + r < block.written)
            continue;
        const std::int64_t offset = (block.first + r) * out + column;
#pragma GCC unroll 8
        for (int c = 0; c < columns; ++c) {
            const std::int64_t at = offset + c * lanes, room = present - c * lanes;
            if constexpr (epilogue == Epilogue::Gelu)
                copyFactors<product>(activated + (r * columns + c) * lanes / floatsIn(product), call.y + at / floatsIn(product),
                                     room);
            else if constexpr (epilogue == Epilogue::Add)
                storePart(call.y + at, sum[r][c] + bias[c] + loadPart<V>(call.residual + at, room), room);
            else
                storePart(call.y + at, sum[r][c] + bias[c], room);
        }
    }
}

template <Product product, Epilogue epilogue, int columns>
void runTile(const LinearCall& call, const Rows& rows, const RowBlock& block, std::int64_t column, const Ahead& next)
{
    if (block.rows == tileRows)
        runTile<product, epilogue, tileRows, columns>(call, rows, block, column, next);
    else
        runTile<product, epilogue, tileRows - 1, columns>(call, rows, block, column, next);
}

// The piece of the panel behind `panel` that is fetched while one of `blocks` blocks of rows passes `panel`.
Ahead pieceAhead(const LinearCall& call, const Panels& panels, std::int64_t panel, std::int64_t block, std::int64_t blocks)
{
    const std::int64_t next = panel + 1 < panels.count ? panel + 1 : panel;
    const std::int64_t inner = factors(call.weight.product, call.weight.in);
    const std::int64_t bytes = panels.width(next) * lanes * static_cast<std::int64_t>(sizeof(float));  // a step's
    const float* memory = call.weight.memory + panels.begin(next) * lanes * inner;
    return {reinterpret_cast<const char*>(memory) + bytes * inner * block / blocks, (bytes + blocks - 1) / blocks};
}

// Panel by panel, so that a panel of the weights stays in the cache while the rows pass.
template <Product product, Epilogue epilogue>
void runBlocks(const LinearCall& call, std::int64_t first, std::int64_t last, float* scratch)
{
    const Panels panels(call.weight.out);
    const std::int64_t end = (last + panels.count - 1) / panels.count;
    for (std::int64_t start = first / panels.count; start < end; start += preparedBlocks) {
        const std::int64_t stop = start + preparedBlocks < end ? start + preparedBlocks : end;
        const Rows rows = prepare(call, start, stop, scratch);
        for (std::int64_t panel = 0; panel < panels.count; ++panel) {
            const std::int64_t column = panels.begin(panel) * lanes, width = panels.width(panel);
            for (std::int64_t index = start; index < stop; ++index) {
                const std::int64_t part = index * panels.count + panel;
                if (part < first || part >= last)
                    continue;
                const RowBlock block(call, index);
                const Ahead next = pieceAhead(call, panels, panel, index - start, stop - start);
                if (width == 1)
                    runTile<product, epilogue, 1>(call, rows, block, column, next);
                else if (width == 2)
                    runTile<product, epilogue, 2>(call, rows, block, column, next);
                else
                    runTile<product, epilogue, 3>(call, rows, block, column, next);
            }
        }
    }
}

template <Product product>
void runEpilogue(const LinearCall& call, std::int64_t first, std::int64_t last, float* scratch)
{
    switch (call.epilogue) {
    case Epilogue::None:
        runBlocks<product, Epilogue::None>(call, first, last, scratch);
        break;
    case Epilogue::Gelu:
    case Epilogue::GeluTanh:
    case Epilogue::QuickGelu:  // which one, activateInPlace() asks
        runBlocks<product, Epilogue::Gelu>(call, first, last, scratch);
        break;
    case Epilogue::Add:
        runBlocks<product, Epilogue::Add>(call, first, last, scratch);
        break;
    }
}

}  // namespace

#if defined(__AVX512BF16__)
const bool multipliesBFloat16 = true;
#else
const bool multipliesBFloat16 = false;
#endif

std::int64_t packedLinearSize(const PackedLinear& packed)
{
    return padded(packed.out) * factors(packed.product, packed.in);
}

std::int64_t linearScratchSize(const LinearCall& call)
{
    const std::int64_t blocks = rowBlocks(call) < preparedBlocks ? rowBlocks(call) : preparedBlocks;
    return blocks * tileRows * scratchStride(call);
}

std::int64_t linearPanels(const PackedLinear& packed)
{
    return Panels(packed.out).count;
}

void packLinear(const float* weight, const PackedLinear& packed, std::int64_t first, std::int64_t last, float* memory)
{
    if (packed.product == Product::Float32)
        packColumns<Product::Float32>(weight, packed.in, packed.in, packed.out, first, last, memory);
#if defined(__AVX512BF16__)
    else
        packColumns<Product::BFloat16>(weight, packed.in, packed.in, packed.out, first, last, memory);
#endif
}

std::int64_t linearBlocks(const LinearCall& call)
{
    return Panels(call.weight.out).count * rowBlocks(call);
}

void runLinear(const LinearCall& call, std::int64_t first, std::int64_t last, float* scratch)
{
    if (call.weight.product == Product::Float32)
        runEpilogue<Product::Float32>(call, first, last, scratch);
#if defined(__AVX512BF16__)
    else
        runEpilogue<Product::BFloat16>(call, first, last, scratch);
#endif
}

}  // namespace vitrine::kernels::VITRINE_ISA
