// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/trace/edits.h"

namespace vitrine::nn {

namespace plain {
struct Block;
}

/// What is changed inside an attention.
struct AttentionEdit {
    at::Tensor hidden;  ///< [T, T] bool: keys (columns) that a query does not see; undefined: it sees all
    std::vector<std::int64_t> headsOff;
    HeadOff headOff = HeadOff::Zero;

    bool empty() const { return !hidden.defined() && headsOff.empty(); }
};

/// What is changed inside one block.
struct BlockEdit {
    AttentionEdit attention;
    at::Tensor hiddenInner;                    ///< TNT, [B * N, 1, t, t] bool
    const plain::Block* plainInner = nullptr;  ///< the inner block; where hiddenInner is defined
    bool projectionOff = false;                ///< TNT
};

}  // namespace vitrine::nn
