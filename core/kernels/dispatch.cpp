// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/isa.h"

#include <cstdlib>
#include <string_view>

#define VITRINE_KERNEL_TABLE(isa)                                                                                              \
    Kernels                                                                                                                    \
    {                                                                                                                          \
#isa, isa::multipliesBFloat16, isa::packedHeadSize, isa::attendScratchSize, isa::packHead, isa::attendRows,            \
            isa::attendColumn, isa::packedLinearSize, isa::linearScratchSize, isa::linearPanels, isa::packLinear,              \
            isa::linearBlocks, isa::runLinear, isa::rotate, isa::innerScratchSize, isa::innerBlock                             \
    }

namespace vitrine::kernels {

std::vector<const Kernels*> usable()
{
    static const Kernels generic = VITRINE_KERNEL_TABLE(generic);
    std::vector<const Kernels*> usable{&generic};
#if defined(__x86_64__)
    static const Kernels avx2 = VITRINE_KERNEL_TABLE(avx2);
    static const Kernels avx512 = VITRINE_KERNEL_TABLE(avx512);
    static const Kernels avx512bf16 = VITRINE_KERNEL_TABLE(avx512bf16);
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        usable.push_back(&avx2);
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw")
        && __builtin_cpu_supports("avx512dq")) {
        usable.push_back(&avx512);
        if (__builtin_cpu_supports("avx512bf16"))
            usable.push_back(&avx512bf16);
    }
#endif
    return usable;
}

namespace {

std::string_view wanted()
{
    const char* const name = std::getenv("VITRINE_KERNELS");
    return name != nullptr ? name : "";
}

const Kernels& chosen()
{
    const std::vector<const Kernels*> all = usable();
    for (const Kernels* kernels : all)
        if (wanted() == kernels->name)
            return *kernels;
    return *all.back();
}

}  // namespace

const Kernels& best()
{
    static const Kernels& best = chosen();
    return best;
}

bool leftToTorch()
{
    static const bool left = wanted() == "torch";
    return left;
}

const Kernels& plainLoops()
{
    static const Kernels table = VITRINE_KERNEL_TABLE(reference);
    return table;
}

std::int64_t innerPaddedRows(std::int64_t out)
{
    return (out + 3) / 4 * 4;
}

std::int64_t innerPackedSize(std::int64_t out, std::int64_t in)
{
    return innerPaddedRows(out) * in;
}

void packInner(const float* weight, std::int64_t out, std::int64_t in, float* packed)
{
    const std::int64_t rows = innerPaddedRows(out);
    for (std::int64_t first = 0; first < rows; first += innerGroup) {
        const std::int64_t group = rows - first < innerGroup ? rows - first : innerGroup;
        for (std::int64_t k = 0; k < in; ++k) {
            for (std::int64_t j = first; j < first + group; ++j)
                *packed++ = j < out ? weight[j * in + k] : 0.0F;
        }
    }
}

}  // namespace vitrine::kernels
