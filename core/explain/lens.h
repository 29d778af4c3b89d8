// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "core/explain/method.h"

namespace vitrine {

/// Logit lens of the picture as a whole: what the network would answer if it ended at each state, pooled as it pools, the
/// answer of the pass itself last. Is computed as a method's map is, but gives [layers + 1, classes], and so is none of
/// methods(). Of an unchanged pass of a network that classifies.
const Method& lensOfStates();

/// At each state the probability of a class, [layers + 1].
NdArray probabilityByState(const NdArray& logits, int index);

/// What the head reads, for people: "the CLS token", "the mean of the patches" ...
std::string whatHeadReads(const ModelSpec& spec);

}  // namespace vitrine
