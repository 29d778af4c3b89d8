// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/explain/features.h"

#include <algorithm>
#include <numeric>

#include "core/base/error.h"
#include "core/explain/inner.h"
#include "core/explain/matrices.h"

namespace vitrine {

NdArray featureMaps(const Trace& trace, int layer)
{
    const ModelSpec& spec = *trace.model;
    const NdArray tokens = trace.patchTokens(layer + 1);
    const Shape shape{tokens.dim(1), spec.gridHeight(), spec.gridWidth()};
    return {shape, transposed(tokens.data(), tokens.dim(0), tokens.dim(1))};
}

NdArray innerFeatureMaps(const Trace& trace, int layer)
{
    const ModelSpec& spec = *trace.model;
    const auto state = static_cast<std::size_t>(layer) + 1;
    if (spec.architecture != Architecture::Tnt)
        throw Error(spec.name + " is a ViT: it has no inner transformer; choose a TNT, as in --model tnt.");
    if (state >= trace.innerTokens.size())
        throw Error("The inner transformer of this pass was not recorded: run the model again with recording on.");
    const NdArray& tokens = trace.innerTokens[state];  // [N, t, c]
    const std::int64_t cells = tokens.dim(0) * tokens.dim(1), channels = tokens.dim(2);
    const std::vector<float> byChannel = transposed(tokens.data(), cells, channels);
    std::vector<float> maps;
    for (std::int64_t channel = 0; channel < channels; ++channel) {
        const NdArray map = assembleInner(spec, std::span(byChannel).subspan(static_cast<std::size_t>(channel * cells),
                                                                             static_cast<std::size_t>(cells)));
        maps.insert(maps.end(), map.values().begin(), map.values().end());
    }
    const Shape shape{channels, spec.gridHeight() * spec.inner.side, spec.gridWidth() * spec.inner.side};
    return {shape, std::move(maps)};
}

std::vector<int> mostVarying(const NdArray& maps, int count)
{
    std::vector<double> variances;
    for (std::int64_t i = 0; i < maps.dim(0); ++i) {
        const NdArray map = maps[i];
        const double mean = std::accumulate(map.values().begin(), map.values().end(), 0.0) / static_cast<double>(map.size());
        double sum = 0;
        for (const float value : map.values())
            sum += (value - mean) * (value - mean);
        variances.push_back(sum);
    }
    std::vector<int> order(variances.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::stable_sort(order, std::greater(), [&](int i) { return variances[static_cast<std::size_t>(i)]; });
    order.resize(std::min(order.size(), static_cast<std::size_t>(count)));
    return order;
}

}  // namespace vitrine
