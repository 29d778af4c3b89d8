// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

#include "core/model/tensor_map.h"

namespace vitrine {

/// The scale, zero point or format beside a quantised weight that is in `table`, too.
bool isScale(const NameTable& table, std::string_view name);

/// The tensor as it is, or, where it holds integers or 8-bit floats, times the scale that stands beside it: one number
/// for all, one a row, or one a block of a matrix; bitsandbytes' "SCB" is 127 times the scale of a row.
/// Throws Error where there is no such scale: integers are never taken as weights.
TensorRecipe plainOrDequantised(const NameTable& table, const std::string& name, const TensorInfo& tensor);

}  // namespace vitrine
