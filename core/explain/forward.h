// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/trace/trace.h"

// What stages of a pass compute and a Trace does not hold, from what it holds; empty where that is not recorded.
namespace vitrine {

/// `input` [3, H, W] -> [N, 3 * patch height * patch width]: a patch's numbers in the order of the checkpoints, channel, row,
/// column. A rest at the right or bottom is left out.
NdArray cutIntoPatches(const NdArray& input, const ModelSpec& spec);

/// Layer normalisation over the last axis without learnt scale and shift; not `centred`: by the root of the mean square alone.
NdArray normalised(const NdArray& array, double epsilon, bool centred = true);

/// [T, D]: the tokens that enter a block's first norm, in a TNT with what the inner tokens add to the patches (TNT, eq. 4).
NdArray attentionInput(const Trace& trace, int layer);

/// [1, D], or [1, 2 D] where CLS and mean are side by side: what the head reads, before the learnt scale and shift of a norm.
/// Empty where a query pools.
NdArray pooledTokens(const Trace& trace);

}  // namespace vitrine
