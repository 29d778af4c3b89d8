// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/nn/kernels/isa.h"
#include "core/nn/kernels/tile.h"

namespace vitrine::nn::VITRINE_ISA {

namespace {

std::int64_t rowBlocks(const LinearCall& call)
{
    return (call.rows + tileRows - 1) / tileRows;
}

// A vector of the last panel may reach behind the last output; then it goes through memory of our own.
VITRINE_INLINE V loadPart(const float* from, std::int64_t present)
{
    if (present >= lanes)
        return load<V>(from);
    float part[lanes] = {};
    if (present > 0)
        std::memcpy(part, from, static_cast<std::size_t>(present) * sizeof(float));
    return load<V>(part);
}

VITRINE_INLINE void storePart(float* to, const V& value, std::int64_t present)
{
    if (present >= lanes)
        store(to, value);
    else if (present > 0)
        std::memcpy(to, &value, static_cast<std::size_t>(present) * sizeof(float));
}

template <Epilogue epilogue, int columns>
void runTile(const LinearCall& call, std::int64_t rowBlock, std::int64_t column)
{
    // The last tile is moved up to end at the last row; what the tile before it has written is left alone.
    const std::int64_t wanted = rowBlock * tileRows;
    const std::int64_t row = wanted + tileRows > call.rows ? call.rows - tileRows : wanted;
    const std::int64_t present = call.out - column;
    V sum[tileRows][columns];
    multiplyTile(call.x + row * call.in, call.in, call.packed + column * call.in, call.in, sum);
    V bias[columns];
#pragma GCC unroll 8
    for (int c = 0; c < columns; ++c)
        bias[c] = call.bias != nullptr ? loadPart(call.bias + column + c * lanes, present - c * lanes) : V {};
#pragma GCC unroll 8
    for (int r = 0; r < tileRows; ++r) {
        if (row + r < wanted)
            continue;
        const std::int64_t offset = (row + r) * call.out + column;
#pragma GCC unroll 8
        for (int c = 0; c < columns; ++c) {
            V value = sum[r][c] + bias[c];
            if constexpr (epilogue == Epilogue::Gelu)
                value = gelu<lanes>(value);
            if constexpr (epilogue == Epilogue::Add)
                value += loadPart(call.residual + offset + c * lanes, present - c * lanes);
            storePart(call.y + offset + c * lanes, value, present - c * lanes);
        }
    }
}

template <Epilogue epilogue>
void runBlocks(const LinearCall& call, std::int64_t first, std::int64_t last)
{
    const Panels panels(call.out);
    const std::int64_t height = rowBlocks(call);
    for (std::int64_t block = first; block < last; ++block) {
        const std::int64_t panel = block / height, rowBlock = block % height;
        const std::int64_t column = panels.begin(panel) * lanes;
        switch (panels.width(panel)) {
        case 1:
            runTile<epilogue, 1>(call, rowBlock, column);
            break;
        case 2:
            runTile<epilogue, 2>(call, rowBlock, column);
            break;
        default:
            runTile<epilogue, 3>(call, rowBlock, column);
            break;
        }
    }
}

} // namespace

std::int64_t packedLinearSize(std::int64_t out, std::int64_t in)
{
    return padded(out) * in;
}

void packLinear(const float* weight, std::int64_t out, std::int64_t in, float* packed)
{
    pack(weight, 1, in, in, out, packed);
}

// Panel by panel, so that a panel of the weights stays in the cache while the rows pass.
std::int64_t linearBlocks(const LinearCall& call)
{
    return Panels(call.out).count * rowBlocks(call);
}

void runLinear(const LinearCall& call, std::int64_t first, std::int64_t last)
{
    switch (call.epilogue) {
    case Epilogue::None:
        runBlocks<Epilogue::None>(call, first, last);
        break;
    case Epilogue::Gelu:
        runBlocks<Epilogue::Gelu>(call, first, last);
        break;
    case Epilogue::Add:
        runBlocks<Epilogue::Add>(call, first, last);
        break;
    }
}

} // namespace vitrine::nn::VITRINE_ISA
