// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/explain/forward.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <span>

namespace vitrine {

namespace {

NdArray recorded(const std::vector<NdArray>& list, int index)
{
    return index >= 0 && index < static_cast<int>(list.size()) ? list[static_cast<std::size_t>(index)] : NdArray();
}

}  // namespace

NdArray cutIntoPatches(const NdArray& input, const ModelSpec& spec)
{
    if (input.empty())
        return {};
    const std::int64_t ph = spec.patchHeight, pw = spec.patchWidth;
    std::vector<float> values;
    values.reserve(static_cast<std::size_t>(spec.patches() * 3 * ph * pw));
    for (int row = 0; row < spec.gridHeight(); ++row)
        for (int column = 0; column < spec.gridWidth(); ++column)
            for (std::int64_t channel = 0; channel < 3; ++channel)
                for (std::int64_t y = 0; y < ph; ++y) {
                    const float* from = input.data() + (channel * input.dim(1) + row * ph + y) * input.dim(2) + column * pw;
                    values.insert(values.end(), from, from + pw);
                }
    return {{spec.patches(), 3 * ph * pw}, std::move(values)};
}

NdArray normalised(const NdArray& array, double epsilon, bool centred)
{
    if (array.empty())
        return {};
    const std::int64_t width = array.dim(-1);
    std::vector<float> values(array.values().begin(), array.values().end());
    for (auto row = values.begin(); row != values.end(); row += width) {
        const double mean = centred ? std::accumulate(row, row + width, 0.0) / static_cast<double>(width) : 0;
        const double variance = std::accumulate(row, row + width, 0.0,
                                                [mean](double sum, float value) {
                                                    return sum + (value - mean) * (value - mean);
                                                })
                                / static_cast<double>(width);
        const double scale = 1 / std::sqrt(variance + epsilon);
        std::transform(row, row + width, row, [=](float value) { return static_cast<float>((value - mean) * scale); });
    }
    return {array.shape(), std::move(values)};
}

NdArray attentionInput(const Trace& trace, int layer)
{
    const NdArray tokens = recorded(trace.tokens, layer), projection = recorded(trace.innerProjection, layer);
    if (tokens.empty() || projection.empty())
        return tokens;
    std::vector<float> values(tokens.values().begin(), tokens.values().end());
    const auto prefix = static_cast<std::size_t>(tokens.size() - projection.size());
    std::ranges::transform(projection.values(), std::span(values).subspan(prefix),
                           values.begin() + static_cast<std::ptrdiff_t>(prefix), std::plus<>());
    return {tokens.shape(), std::move(values)};
}

NdArray pooledTokens(const Trace& trace)
{
    const ModelSpec& spec = *trace.model;
    NdArray tokens = recorded(trace.tokens, spec.layers);
    if (tokens.empty() || spec.pool == Pool::Attention)
        return {};
    if (spec.finalNorm && !spec.fcNorm)
        tokens = normalised(tokens, spec.layerNormEpsilon, !spec.rmsNorm);
    const std::int64_t width = tokens.dim(1), prefix = spec.prefixTokens();
    std::vector<float> result;
    if (spec.pool != Pool::Mean)
        result.assign(tokens.data(), tokens.data() + width);
    if (spec.pool != Pool::Cls)
        for (std::int64_t channel = 0; channel < width; ++channel) {
            double sum = 0;
            for (std::int64_t token = prefix; token < tokens.dim(0); ++token)
                sum += tokens.data()[token * width + channel];
            result.push_back(static_cast<float>(sum / static_cast<double>(tokens.dim(0) - prefix)));
        }
    const auto length = static_cast<std::int64_t>(result.size());
    return {{1, length}, std::move(result)};
}

}  // namespace vitrine
