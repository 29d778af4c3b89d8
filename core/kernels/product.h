// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

namespace vitrine::kernels {

/// a b^T on the calling thread: `a` [rows, depth], `b` [columns, depth] -> [rows, columns], all row-major.
std::vector<float> timesTransposed(const float* a, std::int64_t rows, const float* b, std::int64_t columns, std::int64_t depth);

}  // namespace vitrine::kernels
