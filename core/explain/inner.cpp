// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/explain/inner.h"

#include "core/base/error.h"
#include "core/explain/embeddings.h"
#include "core/explain/statistics.h"

namespace vitrine {

namespace {

void requireInner(const Trace& trace, int layer)
{
    if (trace.model->family != Family::Tnt)
        throw Error("The model " + trace.model->name + " is a ViT and has no inner transformer: choose a TNT.");
    if (layer < 0 || layer >= trace.layers())
        throw Error("There is no layer " + std::to_string(layer) + ": the layers are 0 to "
                    + std::to_string(trace.layers() - 1) + ".");
}

/// The recorded array of one layer or state.
const NdArray& recorded(const std::vector<NdArray>& list, int index)
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
        const NdArray norms = rowNorms(recorded(trace.innerTokens, layer + 1)[patch]);
        return {norms.values().begin(), norms.values().end()};
    }
    const NdArray matrix = fuseHeads(recorded(trace.innerAttention, layer)[patch], heads);
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

} // namespace

NdArray innerAssembled(const Trace& trace, int layer, InnerMeasure measure, const HeadChoice& heads)
{
    requireInner(trace, layer);
    const int side = trace.model->inner.side;
    const int gridColumns = trace.model->gridWidth(), columns = gridColumns * side;
    const int rows = trace.model->gridHeight() * side;
    std::vector<float> picture(static_cast<std::size_t>(rows) * columns);
    for (int patch = 0; patch < trace.model->patches(); ++patch) {
        const std::vector<float> values = measureOf(trace, layer, patch, measure, heads);
        const int top = patch / gridColumns * side, left = patch % gridColumns * side;
        for (int inner = 0; inner < side * side; ++inner)
            picture[static_cast<std::size_t>(top + inner / side) * columns + left + inner % side]
                = values[static_cast<std::size_t>(inner)];
    }
    return {{rows, columns}, std::move(picture)};
}

NdArray bridge(const Trace& trace, int layer)
{
    requireInner(trace, layer);
    const NdArray added = rowNorms(recorded(trace.innerProjection, layer));
    const NdArray before = rowNorms(recorded(trace.tokens, layer));
    const int prefix = trace.model->prefixTokens();
    std::vector<float> ratio(static_cast<std::size_t>(trace.model->patches()));
    for (std::size_t patch = 0; patch < ratio.size(); ++patch) {
        const float norm = before.values()[patch + static_cast<std::size_t>(prefix)];
        ratio[patch] = norm > 0 ? added.values()[patch] / norm : 0;
    }
    return {{static_cast<std::int64_t>(ratio.size())}, std::move(ratio)};
}

} // namespace vitrine
