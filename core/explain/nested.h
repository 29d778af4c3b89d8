// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <vector>

#include "core/base/ndarray.h"
#include "core/model/model_spec.h"

namespace vitrine {

// TNT: what a patch weighs, spread over its inner tokens. The shares [N * t] of a patch add up to 1. `a`, `g`: one array
// [N, inner heads, t, t] a layer, the inner attention and the score's derivative by it.
//
// Assumed: the projection from the inner tokens to their patch reads all of them alike; weights per token are not looked at.

/// Attention rollout inside each patch, mean over its inner queries.
std::vector<float> innerRolloutShares(std::span<const NdArray> a);
/// Chefer's rules 5 and 6 inside each patch, mean over its inner queries, without what every token has of itself; equal
/// parts where no gradient is positive.
std::vector<float> innerGradientShares(std::span<const NdArray> a, std::span<const NdArray> g);
/// `outer` [grid rows, grid columns] times the shares.
NdArray nestedMap(const ModelSpec& spec, const NdArray& outer, std::vector<float> shares);

}  // namespace vitrine
