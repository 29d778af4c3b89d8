// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "core/explain/replacement.h"
#include "core/trace/engine.h"

namespace vitrine {

/// What is changed to see what it does to the result.
struct WhatIf {
    std::vector<int> erased{};                      ///< patches, ascending
    std::optional<Baseline> with = Baseline::Zero;  ///< what their pixels become; nothing: no token sees them
    std::vector<LayerHead> headsOff{};              ///< add nothing

    bool empty() const { return erased.empty() && headsOff.empty(); }
    /// Whether the pass is the network's own, of a changed picture.
    bool changesPixelsAlone() const { return headsOff.empty() && (with || erased.empty()); }
    bool operator==(const WhatIf&) const = default;
};

/// `picture` with the pixels of `patches` replaced.
PreparedImage without(const PreparedImage& picture, const std::vector<int>& patches, Baseline baseline, const ModelSpec& spec);

/// The pass of `base` with changes, recorded as `record` says; `base` itself where there are none. Throws Error, Cancelled.
std::shared_ptr<const Trace> changedPass(Engine& engine, const std::shared_ptr<const Trace>& base, const WhatIf& change,
                                         const RecordOptions& record = {}, const std::stop_token& stop = {},
                                         const Progress& progress = {});

}  // namespace vitrine
