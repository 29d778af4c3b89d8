// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/explain/opening.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>
#include <vector>

#include "core/explain/attention.h"
#include "core/explain/embeddings.h"

namespace vitrine {

namespace {

/// Weights that may be read, on the GUI thread: some milliseconds.
constexpr std::int64_t mostWeights = 250'000;

bool isRecorded(const Trace& trace, int layer)
{
    return static_cast<std::size_t>(layer) < trace.attention.size()
           && !trace.attention[static_cast<std::size_t>(layer)].empty();
}

/// Whether each patch has a norm that is an outlier after some layer: such patches stand for nothing in the picture.
std::vector<bool> outliersOf(const Trace& trace)
{
    const int prefix = trace.model->prefixTokens();
    std::vector<bool> result(static_cast<std::size_t>(trace.model->patches()));
    for (std::size_t state = 1; state < trace.tokens.size(); ++state)
        for (const int token : outlierTokens(rowNorms(trace.tokens[state]), prefix))
            result[static_cast<std::size_t>(token - prefix)] = true;
    return result;
}

/// Patches worth a look: not on the border, no outliers, every n-th where so many layers of them are too many.
std::vector<int> candidates(const Trace& trace, const std::vector<bool>& outliers, int layers)
{
    const ModelSpec& spec = *trace.model;
    const int rows = spec.gridHeight(), columns = spec.gridWidth();
    const std::int64_t all = std::int64_t(layers) * spec.heads * spec.patches() * spec.tokens();
    const int step = static_cast<int>(all / mostWeights) + 1;
    std::vector<int> result;
    for (int patch = 0; patch < spec.patches(); patch += step) {
        const int row = patch / columns, column = patch % columns;
        const bool border = (rows > 2 && (row == 0 || row == rows - 1))
                            || (columns > 2 && (column == 0 || column == columns - 1));
        if (!border && !outliers[static_cast<std::size_t>(patch)])
            result.push_back(patch);
    }
    return result;
}

/// How much of its attention, `row` [T], a patch gives to few patches that are not beside it, 0 .. 1.
double structure(const ModelSpec& spec, const NdArray& row, int patch, const std::vector<bool>& outliers)
{
    const int rows = spec.gridHeight(), columns = spec.gridWidth(), ownRow = patch / columns, ownColumn = patch % columns;
    const float* const weights = row.data() + spec.prefixTokens();
    double sum = 0, weighted = 0;
    for (int y = 0, other = 0; y < rows; ++y)
        for (int x = 0; x < columns; ++x, ++other) {
            const bool near = std::abs(y - ownRow) <= 1 && std::abs(x - ownColumn) <= 1;
            if (const float weight = weights[other]; weight > 0 && !near && !outliers[static_cast<std::size_t>(other)]) {
                sum += weight;
                weighted += weight * std::log(weight);
            }
        }
    if (!(sum > 0) || outliers.size() < 2)
        return 0;
    // Of the weights over their sum.
    const double entropy = std::log(sum) - weighted / sum;
    return sum * (1 - entropy / std::log(static_cast<double>(outliers.size())));
}

/// What CLS gives to each patch in the layers from `first` on; 1 where there is no CLS.
std::vector<double> relevance(const Trace& trace, int first)
{
    const ModelSpec& spec = *trace.model;
    std::vector<double> result(static_cast<std::size_t>(spec.patches()), spec.cls ? 0.0 : 1.0);
    for (int layer = first; spec.cls && layer < spec.layers; ++layer) {
        if (!isRecorded(trace, layer))
            continue;
        const std::vector<float> row = attentionOf(trace.attention[static_cast<std::size_t>(layer)], {}, 0, Direction::LooksAt);
        for (std::size_t patch = 0; patch < result.size(); ++patch)
            result[patch] += row[static_cast<std::size_t>(spec.prefixTokens()) + patch];
    }
    return result;
}

/// structure() of these patches in a layer.
std::vector<double> structures(const Trace& trace, int layer, const std::vector<int>& patches,
                               const std::vector<bool>& outliers)
{
    std::vector<int> queries;
    for (const int patch : patches)
        queries.push_back(trace.model->prefixTokens() + patch);
    const NdArray rows = rowsOf(trace.attention[static_cast<std::size_t>(layer)], {}, queries);
    std::vector<double> result;
    for (std::size_t i = 0; i < patches.size(); ++i)
        result.push_back(structure(*trace.model, rows[static_cast<std::int64_t>(i)], patches[i], outliers));
    return result;
}

/// The layer where a sample of patches has most of it.
std::optional<int> layerOfMost(const Trace& trace, const std::vector<bool>& outliers)
{
    const std::vector<int> patches = candidates(trace, outliers, trace.layers());
    std::optional<int> best;
    double most = -1;
    for (int layer = 0; layer < trace.layers() && !patches.empty(); ++layer) {
        if (!isRecorded(trace, layer))
            continue;
        const std::vector<double> here = structures(trace, layer, patches, outliers);
        if (const double sum = std::accumulate(here.begin(), here.end(), 0.0); sum > most) {
            most = sum;
            best = layer;
        }
    }
    return best;
}

}  // namespace

std::optional<Opening> opening(const Trace& trace)
{
    const std::vector<bool> outliers = outliersOf(trace);
    const std::optional<int> best = layerOfMost(trace, outliers);
    if (!best)
        return std::nullopt;
    const std::vector<int> patches = candidates(trace, outliers, 1);
    const std::vector<double> strengths = structures(trace, *best, patches, outliers);
    const std::vector<double> relevances = relevance(trace, std::min(*best + 1, trace.layers() - 1));
    std::size_t chosen = 0;
    double highest = -1;
    for (std::size_t i = 0; i < patches.size(); ++i)
        if (const double worth = relevances[static_cast<std::size_t>(patches[i])] * std::sqrt(strengths[i]); worth > highest) {
            highest = worth;
            chosen = i;
        }
    return Opening{*best, patches[chosen]};
}

}  // namespace vitrine
