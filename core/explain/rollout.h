// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "core/explain/attention.h"
#include "core/trace/trace.h"

namespace vitrine {

/// Attention rollout (Abnar & Zuidema 2020): A <- (A + I) / rowsum, R_l = A_l R_{l-1}, from `firstLayer` to `lastLayer`
/// inclusive. `discard`: part of the smallest entries of each fused matrix set to 0 first (vit-explain, with the row
/// normalisation it meant; the CLS -> CLS entry stays). Returns [T, T]. Throws Error when a layer was not recorded.
NdArray rollout(const Trace& trace, int firstLayer, int lastLayer, const HeadChoice& fusion = {}, double discard = 0);

/// One layer's factor in it, [T * T]; `keepFirst`: the first token is CLS.
std::vector<float> rolloutMatrix(const LayerAttention& attention, const HeadChoice& fusion, double discard, bool keepFirst);

}  // namespace vitrine
