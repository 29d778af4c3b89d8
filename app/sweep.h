// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>

#include "app/common.h"
#include "core/explain/replacement.h"

namespace vitrine {

struct SweepOptions {
    ModelOptions model;
    std::string image, output, wantedClass;
    bool ofHeads = false;          ///< else of patches
    std::optional<Baseline> with;  ///< what a patch's pixels become; nothing: no other token looks at it
    int top = 5;
    bool json = false;
};

/// What becomes of a class without each head, or each patch, alone: the strongest as text, all as figure, numbers or JSON.
/// Throws Error.
int sweep(const SweepOptions& options);

}  // namespace vitrine
