// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/explain/inner.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "core/base/error.h"
#include "core/explain/embeddings.h"
#include "core/explain/statistics.h"

namespace vitrine {

namespace {

void requireInner(const Trace& trace, int layer)
{
    if (trace.model->architecture != Architecture::Tnt)
        throw Error("The model " + trace.model->name + " is a ViT and has no inner transformer: choose a TNT.");
    if (layer < 0 || layer >= trace.layers())
        throw Error("There is no layer " + std::to_string(layer) + ": the layers are 0 to " + std::to_string(trace.layers() - 1)
                    + ".");
}

/// The recorded array of one layer or state.
const NdArray& requireRecorded(const std::vector<NdArray>& list, int index)
{
    const auto at = static_cast<std::size_t>(index);
    if (at >= list.size() || list[at].empty())
        throw Error("The inner transformer of this pass was not recorded: run the model again with recording on.");
    return list[at];
}

/// One number for each inner token of patch `patch`, [t].
std::vector<float> measureOf(const Trace& trace, int layer, int patch, InnerMeasure measure, const HeadChoice& heads)
{
    if (measure == InnerMeasure::Norm) {
        const NdArray norms = rowNorms(requireRecorded(trace.innerTokens, layer + 1)[patch]);
        return {norms.values().begin(), norms.values().end()};
    }
    const NdArray matrix = fuseHeads(requireRecorded(trace.innerAttention, layer)[patch], heads);
    const std::int64_t t = matrix.dim(0);
    std::vector<float> result(static_cast<std::size_t>(t));
    for (std::int64_t query = 0; query < t; ++query) {
        const NdArray row = matrix[query];
        if (measure == InnerMeasure::Entropy) {
            result[static_cast<std::size_t>(query)] = static_cast<float>(entropy(row.values()));
        } else {
            for (std::int64_t key = 0; key < t; ++key)
                result[static_cast<std::size_t>(key)] += row.data()[key] / static_cast<float>(t);
        }
    }
    return result;
}

}  // namespace

NdArray assembleInner(const ModelSpec& spec, std::span<const float> values)
{
    const int side = spec.inner.side;
    const int gridColumns = spec.gridWidth(), columns = gridColumns * side, rows = spec.gridHeight() * side;
    std::vector<float> picture(static_cast<std::size_t>(rows) * columns);
    for (int patch = 0; patch < spec.patches(); ++patch) {
        const int top = patch / gridColumns * side, left = patch % gridColumns * side;
        for (int inner = 0; inner < side * side; ++inner)
            picture[static_cast<std::size_t>(top + inner / side) * columns + left + inner % side]
                = values[static_cast<std::size_t>(patch) * side * side + inner];
    }
    return {{rows, columns}, std::move(picture)};
}

NdArray innerAssembled(const Trace& trace, int layer, InnerMeasure measure, const HeadChoice& heads)
{
    requireInner(trace, layer);
    std::vector<float> all;
    for (int patch = 0; patch < trace.model->patches(); ++patch) {
        const std::vector<float> values = measureOf(trace, layer, patch, measure, heads);
        all.insert(all.end(), values.begin(), values.end());
    }
    return assembleInner(*trace.model, all);
}

double Bridge::varyingShare() const
{
    const double all = std::hypot(varyingNorm, constantNorm);
    return all > 0 ? varyingNorm / all : 0;
}

Bridge bridge(const Trace& trace, int layer)
{
    requireInner(trace, layer);
    const NdArray& added = requireRecorded(trace.innerProjection, layer);
    const NdArray before = rowNorms(requireRecorded(trace.tokens, layer));
    const std::int64_t patches = added.dim(0), width = added.dim(1), prefix = trace.model->prefixTokens();
    std::vector<double> mean(static_cast<std::size_t>(width));
    for (std::int64_t i = 0; i < added.size(); ++i)
        mean[static_cast<std::size_t>(i % width)] += added.data()[i];
    Bridge result;
    for (double& channel : mean) {
        channel /= static_cast<double>(patches);
        result.constantNorm += channel * channel;
    }
    result.constantNorm = std::sqrt(result.constantNorm);
    std::vector<float> varying, constant;
    double squares = 0;
    for (std::int64_t patch = 0; patch < patches; ++patch) {
        double square = 0;
        for (std::int64_t channel = 0; channel < width; ++channel) {
            const double own = added.data()[patch * width + channel] - mean[static_cast<std::size_t>(channel)];
            square += own * own;
        }
        const double norm = before.data()[prefix + patch];
        varying.push_back(static_cast<float>(norm > 0 ? std::sqrt(square) / norm : 0));
        constant.push_back(static_cast<float>(norm > 0 ? result.constantNorm / norm : 0));
        squares += square;
    }
    result.varyingNorm = std::sqrt(squares / static_cast<double>(patches));
    result.varying = {{patches}, std::move(varying)};
    result.constant = {{patches}, std::move(constant)};
    return result;
}

std::vector<double> innerEntropies(const Trace& trace, int patch)
{
    std::vector<double> result;
    for (const NdArray& layer : trace.innerAttention) {
        const NdArray attention = layer[patch];  // [heads, t, t]
        const auto count = static_cast<std::size_t>(attention.dim(-1));
        const std::span<const float> all = attention.values();
        double sum = 0;
        for (std::size_t row = 0; row < all.size(); row += count)
            sum += entropy(all.subspan(row, count));
        result.push_back(sum / (static_cast<double>(all.size()) / static_cast<double>(count)));
    }
    return result;
}

bool isFlat(double entropy, const InnerSpec& inner)
{
    constexpr double share = 0.99;
    return entropy >= share * std::log(static_cast<double>(inner.tokens()));
}

std::optional<int> layerInside(const Trace& trace, int patch, int layer)
{
    const std::vector<double> entropies = innerEntropies(trace, patch);
    const auto least = std::ranges::min_element(entropies);
    const InnerSpec& inner = trace.model->inner;
    if (!isFlat(entropies.at(static_cast<std::size_t>(layer)), inner) || isFlat(*least, inner))
        return std::nullopt;
    return static_cast<int>(least - entropies.begin());
}

std::string toString(const Bridge& bridge)
{
    char text[96];
    std::snprintf(text, sizeof text,
                  bridge.sameForAll() ? "the pixels add the same to every patch here (%.2g %% of it differs)"
                                      : "%.3g %% of what the pixels add differs between patches",
                  100 * bridge.varyingShare());
    return text;
}

}  // namespace vitrine
