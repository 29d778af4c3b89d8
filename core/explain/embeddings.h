// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/ndarray.h"

namespace vitrine {

/// [n, d] -> [n, n] cosine similarities (ViT paper, figure 7: tile i is row i laid out on the grid). A zero row gives 0.
NdArray cosineSimilarity(const NdArray& rows);

/// [n, d] -> [n] cosine similarities of one row with each. A zero row gives 0.
std::vector<float> cosineTo(const NdArray& rows, std::int64_t row);

/// [n, d] -> [n] L2 norms.
NdArray rowNorms(const NdArray& rows);

/// Tokens whose norm is an outlier ("Vision Transformers Need Registers"): above median + 6 * 1.4826 * MAD and above
/// twice the median. `norms` [T]; prefix tokens are never named.
std::vector<int> outlierTokens(const NdArray& norms, int prefixTokens);

}  // namespace vitrine
