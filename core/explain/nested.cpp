// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/explain/nested.h"

#include <algorithm>
#include <numeric>

#include "core/explain/attention.h"
#include "core/explain/inner.h"
#include "core/explain/maps.h"
#include "core/explain/rollout.h"

namespace vitrine {

namespace {

std::vector<float> equalParts(std::int64_t count)
{
    return std::vector<float>(static_cast<std::size_t>(count), 1 / static_cast<float>(count));
}

/// shareOf(patch) [t] of every patch, one behind the other.
template <typename Share>
std::vector<float> ofEachPatch(std::int64_t patches, Share shareOf)
{
    std::vector<float> all;
    for (std::int64_t patch = 0; patch < patches; ++patch) {
        const std::vector<float> share = shareOf(patch);
        all.insert(all.end(), share.begin(), share.end());
    }
    return all;
}

}  // namespace

std::vector<float> innerRolloutShares(std::span<const NdArray> a)
{
    return ofEachPatch(a.front().dim(0), [&](std::int64_t patch) {
        std::vector<float> row = equalParts(a.front().dim(2));
        for (std::size_t layer = a.size(); layer-- > 0;)
            row = rowTimes(row, rolloutMatrix(a[layer][patch], {}, 0, false));
        return row;
    });
}

std::vector<float> innerGradientShares(std::span<const NdArray> a, std::span<const NdArray> g)
{
    return ofEachPatch(a.front().dim(0), [&](std::int64_t patch) {
        const std::vector<float> own = equalParts(a.front().dim(2));
        std::vector<float> row = own;
        std::vector<float> gained(own.size());
        for (std::size_t layer = a.size(); layer-- > 0;) {
            const std::vector<float> step = gradientAttentionRow(a[layer][patch], g[layer][patch], row);
            for (std::size_t i = 0; i < row.size(); ++i) {
                row[i] += step[i];
                gained[i] += step[i];
            }
        }
        const double sum = std::accumulate(gained.begin(), gained.end(), 0.0);
        if (!(sum > 0))
            return own;
        for (float& value : gained)
            value = static_cast<float>(value / sum);
        return gained;
    });
}

NdArray nestedMap(const ModelSpec& spec, const NdArray& outer, std::vector<float> shares)
{
    const auto t = static_cast<std::size_t>(spec.inner.tokens());
    for (std::size_t i = 0; i < shares.size(); ++i)
        shares[i] *= outer.data()[i / t];
    return assembleInner(spec, shares);
}

}  // namespace vitrine
