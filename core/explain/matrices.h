// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/ndarray.h"

namespace vitrine {

/// [rows, columns] row-major -> [columns, rows]
std::vector<float> transposed(const float* matrix, std::int64_t rows, std::int64_t columns);

/// [n, d] with the mean of each column taken away.
std::vector<float> centredColumns(const NdArray& rows);

}  // namespace vitrine
