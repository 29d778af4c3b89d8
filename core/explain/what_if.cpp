// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/explain/what_if.h"

namespace vitrine {

PreparedImage without(const PreparedImage& picture, const std::vector<int>& patches, Baseline baseline, const ModelSpec& spec)
{
    std::vector<std::uint32_t> pixels;
    for (const int patch : patches)
        appendPixels(pixels, patch, spec);
    const std::vector<float> whole(picture.input.values().begin(), picture.input.values().end());
    PreparedImage result = picture;
    result.input = mixed(picture.input, whole, takenAway(picture.input, baseline), pixels);
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

}  // namespace vitrine
