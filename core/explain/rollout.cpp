// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/explain/rollout.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "core/base/error.h"

namespace vitrine {

namespace {

/// Sets the `count` smallest entries to 0; the entry CLS -> CLS stays where there is a CLS.
void discardSmallest(std::vector<float>& matrix, std::size_t count, bool keepFirst)
{
    std::vector<std::uint32_t> order(matrix.size());
    std::iota(order.begin(), order.end(), 0U);
    std::nth_element(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), order.end(),
                     [&](std::uint32_t a, std::uint32_t b) {
                         return matrix[a] != matrix[b] ? matrix[a] < matrix[b] : a < b;
                     });
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

/// a b, all [n, n]. Four rows of `a` share each row of `b`, in strips of columns that stay in the cache.
std::vector<float> product(const std::vector<float>& a, const std::vector<float>& b, std::int64_t n)
{
    constexpr std::int64_t strip = 256;
    std::vector<float> result(a.size());
    for (std::int64_t left = 0; left < n; left += strip) {
        const std::int64_t width = std::min(strip, n - left);
        std::int64_t i = 0;
        for (; i + 4 <= n; i += 4) {
            float* r0 = result.data() + i * n + left;
            float *r1 = r0 + n, *r2 = r1 + n, *r3 = r2 + n;
            for (std::int64_t k = 0; k < n; ++k) {
                const float* source = b.data() + k * n + left;
                const float* factor = a.data() + i * n + k;
                const std::array<float, 4> f{factor[0], factor[n], factor[2 * n], factor[3 * n]};
                for (std::int64_t j = 0; j < width; ++j) {
                    r0[j] += f[0] * source[j];
                    r1[j] += f[1] * source[j];
                    r2[j] += f[2] * source[j];
                    r3[j] += f[3] * source[j];
                }
            }
        }
        for (; i < n; ++i)
            for (std::int64_t k = 0; k < n; ++k)
                for (std::int64_t j = left; j < left + width; ++j)
                    result[static_cast<std::size_t>(i * n + j)]
                        += a[static_cast<std::size_t>(i * n + k)] * b[static_cast<std::size_t>(k * n + j)];
    }
    return result;
}

} // namespace

NdArray rollout(const Trace& trace, int firstLayer, int lastLayer, const HeadChoice& fusion, double discard)
{
    if (firstLayer < 0 || firstLayer > lastLayer || lastLayer >= trace.layers())
        throw Error("Rollout from layer " + std::to_string(firstLayer) + " to " + std::to_string(lastLayer)
                    + " is not possible: the layers are 0 to " + std::to_string(trace.layers() - 1) + ".");
    std::vector<float> result;
    std::int64_t tokens = 0;
    for (int layer = firstLayer; layer <= lastLayer; ++layer) {
        const auto at = static_cast<std::size_t>(layer);
        const NdArray attention = at < trace.attention.size() ? trace.attention[at] : NdArray();
        if (attention.empty())
            throw Error("The attention of layer " + std::to_string(layer)
                        + " was not recorded: raise the memory budget or choose a smaller input size.");
        const NdArray fused = fuseHeads(attention, fusion);
        tokens = fused.dim(0);
        std::vector<float> matrix(fused.values().begin(), fused.values().end());
        if (discard > 0) {
            const auto count = static_cast<double>(matrix.size()) * std::min(discard, 1.0);
            discardSmallest(matrix, static_cast<std::size_t>(count), trace.model->cls);
        }
        addResidual(matrix, tokens);
        result = result.empty() ? std::move(matrix) : product(matrix, result, tokens);
    }
    return {{tokens, tokens}, std::move(result)};
}

} // namespace vitrine
