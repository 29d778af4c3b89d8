// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/isa.h"
#include "core/kernels/tile.h"

namespace vitrine::kernels::VITRINE_ISA {

namespace {

// One vector of channels and their partners, in units of `lanes`.
VITRINE_INLINE void turnNeighbours(float* x, const float* cosine, const float* sine, std::int64_t width)
{
    const I neighbours = numbered() ^ 1;
    for (std::int64_t c = 0; c < width; c += lanes) {
        const V values = loadPart<V>(x + c, width - c);
        const V turned = values * loadPart<V>(cosine + c, width - c)
                         + __builtin_shuffle(values, neighbours) * loadPart<V>(sine + c, width - c);
        storePart(x + c, turned, width - c);
    }
}

VITRINE_INLINE void turnHalves(float* x, const float* cosine, const float* sine, std::int64_t width)
{
    const std::int64_t half = width / 2;
    for (std::int64_t c = 0; c < half; c += lanes) {
        const std::int64_t present = half - c;
        const V low = loadPart<V>(x + c, present), high = loadPart<V>(x + half + c, present);
        storePart(x + c, low * loadPart<V>(cosine + c, present) + high * loadPart<V>(sine + c, present), present);
        storePart(x + half + c, high * loadPart<V>(cosine + half + c, present) + low * loadPart<V>(sine + half + c, present),
                  present);
    }
}

}  // namespace

void rotate(const RotaryCall& call, float* row, std::int64_t patch)
{
    for (std::int64_t vector = 0; vector < 2 * call.heads; ++vector) {
        const std::int64_t at = vector % call.heads * call.ofHead + patch * call.width;
        float* const x = row + vector * call.width;
        if (call.halves)
            turnHalves(x, call.cosine + at, call.sine + at, call.width);
        else
            turnNeighbours(x, call.cosine + at, call.sine + at, call.width);
    }
}

}  // namespace vitrine::kernels::VITRINE_ISA
