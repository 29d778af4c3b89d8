// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/explain/what_if.h"

namespace vitrine {

PreparedImage without(const PreparedImage& picture, const std::vector<int>& patches, Baseline baseline, const ModelSpec& spec)
{
    std::vector<std::uint32_t> pixels;
    for (const int patch : patches) {
        const int top = patch / spec.gridWidth() * spec.patchHeight, left = patch % spec.gridWidth() * spec.patchWidth;
        for (int y = top; y < top + spec.patchHeight; ++y)
            for (int x = left; x < left + spec.patchWidth; ++x)
                pixels.push_back(static_cast<std::uint32_t>(y * spec.imageWidth + x));
    }
    const std::vector<float> none = takenAway(picture.input, baseline);
    PreparedImage result = picture;
    std::vector<float> values(picture.input.values().begin(), picture.input.values().end());
    const auto plane = static_cast<std::size_t>(spec.imageHeight) * static_cast<std::size_t>(spec.imageWidth);
    for (std::size_t first = 0; first < values.size(); first += plane)
        for (const std::uint32_t pixel : pixels)
            values[first + pixel] = none[first + pixel];
    result.input = NdArray(picture.input.shape(), std::move(values));
    return result;
}

std::shared_ptr<const Trace> changedPass(Engine& engine, const std::shared_ptr<const Trace>& base, const WhatIf& change,
                                         const RecordOptions& record, const std::stop_token& stop, const Progress& progress)
{
    std::shared_ptr<const Trace> trace = base;
    if (!change.erased.empty() && change.with) {
        const PreparedImage picture = without(base->picture, change.erased, *change.with, *base->model);
        trace = engine.run(std::span(&picture, 1), record, stop, progress).front();
    }
    Edits edits;
    if (!change.with)
        edits.maskedPatches = change.erased;
    edits.headsOff = change.headsOff;
    return edits.empty() ? trace : engine.rerun(*trace, edits, stop, progress);
}

} // namespace vitrine
