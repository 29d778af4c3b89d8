// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/explain/rollout.h"

#include <algorithm>
#include <numeric>

#include "core/base/error.h"
#include "core/explain/matrices.h"
#include "core/kernels/product.h"

namespace vitrine {

namespace {

/// Sets the `count` smallest entries to 0; the entry CLS -> CLS stays where there is a CLS.
void discardSmallest(std::vector<float>& matrix, std::size_t count, bool keepFirst)
{
    std::vector<std::uint32_t> order(matrix.size());
    std::iota(order.begin(), order.end(), 0U);
    std::nth_element(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), order.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return matrix[a] != matrix[b] ? matrix[a] < matrix[b] : a < b; });
    for (std::size_t i = 0; i < count; ++i)
        if (order[i] != 0 || !keepFirst)
            matrix[order[i]] = 0;
}

/// A <- (A + I) / rowsum(A + I)
void addResidual(std::vector<float>& matrix, std::int64_t tokens)
{
    for (std::int64_t i = 0; i < tokens; ++i) {
        float* row = matrix.data() + i * tokens;
        row[i] += 1;
        const double sum = std::accumulate(row, row + tokens, 0.0);
        const auto scale = static_cast<float>(1 / sum);
        for (std::int64_t j = 0; j < tokens; ++j)
            row[j] *= scale;
    }
}

}  // namespace

std::vector<float> rolloutMatrix(const LayerAttention& attention, const HeadChoice& fusion, double discard, bool keepFirst)
{
    const NdArray fused = fuseHeads(attention, fusion);
    std::vector<float> matrix(fused.values().begin(), fused.values().end());
    if (discard > 0) {
        const auto count = static_cast<double>(matrix.size()) * std::min(discard, 1.0);
        discardSmallest(matrix, static_cast<std::size_t>(count), keepFirst);
    }
    addResidual(matrix, fused.dim(0));
    return matrix;
}

NdArray rollout(const Trace& trace, int firstLayer, int lastLayer, const HeadChoice& fusion, double discard)
{
    if (firstLayer < 0 || firstLayer > lastLayer || lastLayer >= trace.layers())
        throw Error("Rollout from layer " + std::to_string(firstLayer) + " to " + std::to_string(lastLayer)
                    + " is not possible: the layers are 0 to " + std::to_string(trace.layers() - 1) + ".");
    // R^T <- R^T A^T: the product that the kernel has, without turning each layer around.
    std::vector<float> result;
    std::int64_t tokens = 0;
    for (int layer = firstLayer; layer <= lastLayer; ++layer) {
        const auto at = static_cast<std::size_t>(layer);
        const LayerAttention attention = at < trace.attention.size() ? trace.attention[at] : LayerAttention();
        if (attention.empty())
            throw Error("The attention of layer " + std::to_string(layer)
                        + " was not recorded: raise the memory budget or choose a smaller input size.");
        tokens = attention.tokens();
        const std::vector<float> matrix = rolloutMatrix(attention, fusion, discard, trace.model->cls);
        result = result.empty() ? transposed(matrix.data(), tokens, tokens)
                                : kernels::timesTransposed(result.data(), tokens, matrix.data(), tokens, tokens);
    }
    return {{tokens, tokens}, transposed(result.data(), tokens, tokens)};
}

}  // namespace vitrine
