// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/ndarray.h"

namespace vitrine {

/// The shape under which an array is written: an array that was never filled is [0], not a scalar.
Shape writtenShape(const NdArray& array);

/// The magic, version 1.0 and header of a .npy, padded to 64 bytes; `dtype` is "<f4", "<i8" or "<U40".
std::string npyHeader(std::string_view dtype, const Shape& shape);

/// A whole .npy of UTF-8 texts: characters of four bytes, padded to the longest, as NumPy's dtype "U".
std::string npyText(const std::vector<std::string>& texts);

}  // namespace vitrine
