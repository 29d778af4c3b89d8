// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cmath>
#include <random>
#include <utility>
#include <vector>

#include "core/trace/layer_attention.h"

namespace vitrine::test {

/// What a pass keeps of a long sequence, of random numbers.
inline LayerAttention randomFactors(std::int64_t heads, std::int64_t tokens, std::int64_t width, unsigned seed)
{
    std::mt19937 generator(seed);
    std::normal_distribution<float> normal;
    std::vector<float> qkv(static_cast<std::size_t>(tokens * 3 * heads * width)),
        rows(static_cast<std::size_t>(heads * 2 * tokens));
    for (float& value : qkv)
        value = normal(generator);
    const kernels::Kernels& kernel = kernels::best();
    std::vector<float> packed(static_cast<std::size_t>(kernel.packedHeadSize(tokens, width)));
    std::vector<float> scratch(static_cast<std::size_t>(kernel.attendScratchSize(tokens, width)));
    for (std::int64_t head = 0; head < heads; ++head) {
        const float* const q = qkv.data() + head * width;
        const kernels::HeadView view{q, q + heads * width, nullptr, 3 * heads * width, tokens, width};
        kernels::HeadResult result;
        result.peaks = rows.data() + head * 2 * tokens;
        result.factors = result.peaks + tokens;
        kernel.packHead(view, packed.data());
        kernel.attendRows(view, packed.data(), static_cast<float>(1 / std::sqrt(static_cast<double>(width))), 0, tokens, result,
                          scratch.data());
    }
    return LayerAttention({NdArray({tokens, 3, heads, width}, std::move(qkv)), NdArray({heads, 2, tokens}, std::move(rows))});
}

}  // namespace vitrine::test
