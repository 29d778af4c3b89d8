// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <optional>

#include "core/explain/replacement.h"
#include "core/trace/engine.h"

namespace vitrine {

// One thing is left out at a time. Each tells how much is done, 0 .. 1; throws Error, Cancelled.
using Told = std::function<void(double fraction)>;

/// The logits of the pass without each head alone, [L, heads, classes]; only the blocks from its layer on are computed.
NdArray withoutEachHead(Engine& engine, const Trace& base, const std::stop_token& stop = {}, const Told& tell = {});

/// The logits without each patch alone, [grid rows, grid columns, classes]: its pixels replaced, in batches.
NdArray withoutEachPatch(Engine& engine, const PreparedImage& picture, Baseline with, const std::stop_token& stop = {},
                         const Told& tell = {});
/// The same where no other token looks at it.
NdArray maskingEachPatch(Engine& engine, const Trace& base, const std::stop_token& stop = {}, const Told& tell = {});

}  // namespace vitrine
