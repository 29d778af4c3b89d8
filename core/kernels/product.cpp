// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/product.h"

#include "core/kernels/kernels.h"
#include "core/kernels/thread_scratch.h"

namespace vitrine::kernels {

std::vector<float> timesTransposed(const float* a, std::int64_t rows, const float* b, std::int64_t columns, std::int64_t depth)
{
    const Kernels& kernel = rows < minimumLinearRows ? plainLoops() : best();
    std::vector<float> result(static_cast<std::size_t>(rows * columns));
    LinearCall call;
    call.weight = {nullptr, columns, depth, Product::Float32};
    std::vector<float> packed(static_cast<std::size_t>(kernel.packedLinearSize(call.weight)));
    kernel.packLinear(b, call.weight, 0, kernel.linearPanels(call.weight), packed.data());
    call.weight.memory = packed.data();
    call.x = a;
    call.y = result.data();
    call.rows = rows;
    kernel.runLinear(call, 0, kernel.linearBlocks(call), threadScratch(kernel.linearScratchSize(call)));
    return result;
}

}  // namespace vitrine::kernels
