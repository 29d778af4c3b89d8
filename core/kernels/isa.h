// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/kernels.h"

// The kernels of one instruction set, each file of which is compiled with VITRINE_ISA naming it.
#define VITRINE_DECLARE_KERNELS(isa)                                                                                           \
    namespace vitrine::kernels::isa {                                                                                          \
    extern const bool multipliesBFloat16;                                                                                      \
    std::int64_t packedHeadSize(std::int64_t tokens, std::int64_t width);                                                      \
    std::int64_t attendScratchSize(std::int64_t tokens, std::int64_t width);                                                   \
    void packHead(const HeadView& head, float* packed);                                                                        \
    void attendRows(const HeadView& head, const float* packed, float scale, std::int64_t first, std::int64_t last,             \
                    const HeadResult& result, float* scratch);                                                                 \
    void attendColumn(const HeadView& head, float scale, std::int64_t key, const float* peaks, const float* factors,           \
                      float* column, float* scratch);                                                                          \
    std::int64_t packedLinearSize(const PackedLinear& packed);                                                                 \
    std::int64_t linearScratchSize(const LinearCall& call);                                                                    \
    std::int64_t linearPanels(const PackedLinear& packed);                                                                     \
    void packLinear(const float* weight, const PackedLinear& packed, std::int64_t first, std::int64_t last, float* memory);    \
    std::int64_t linearBlocks(const LinearCall& call);                                                                         \
    void runLinear(const LinearCall& call, std::int64_t first, std::int64_t last, float* scratch);                             \
    void rotate(const RotaryCall& call, float* row, std::int64_t patch);                                                       \
    std::int64_t innerScratchSize(const InnerWeights& weights);                                                                \
    void innerBlock(const InnerWeights& weights, const float* state, std::int64_t patches, const InnerResult& result,          \
                    float* scratch);                                                                                           \
    }

VITRINE_DECLARE_KERNELS(reference)
VITRINE_DECLARE_KERNELS(generic)
#if defined(__x86_64__)
VITRINE_DECLARE_KERNELS(avx2)
VITRINE_DECLARE_KERNELS(avx512)
VITRINE_DECLARE_KERNELS(avx512bf16)
#endif
