// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "core/trace/edits.h"

namespace vitrine {

/// What is changed in the pass, to see what it does to the result.
struct Change {
    std::vector<int> erased;          ///< patches that nothing attends to any more, ascending
    std::vector<LayerHead> headsOff;  ///< add nothing, in the order in which they were switched off

    bool empty() const { return erased.empty() && headsOff.empty(); }
    bool operator==(const Change&) const = default;
    Edits edits() const;
};

} // namespace vitrine
