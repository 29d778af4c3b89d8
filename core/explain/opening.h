// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include "core/trace/trace.h"

namespace vitrine {

/// Where a first look at a pass finds something to see.
struct Opening {
    int layer = 0, patch = 0;

    bool operator==(const Opening&) const = default;
};

/// The layer whose patches look at few others that are not their neighbours; in it the patch that does so most among those
/// that CLS looks at from there on. Looks at a sample of large passes. Nothing where no attention was recorded.
std::optional<Opening> opening(const Trace& trace);

}  // namespace vitrine
