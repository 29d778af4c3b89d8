// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "core/checkpoint/element_type.h"
#include "core/checkpoint/mapped_file.h"
#include "core/base/ndarray.h"

namespace vitrine {

/// What the header of a NumPy array says (format versions 1 to 3).
struct NpyHeader {
    std::string descr;  ///< "<f4"
    bool fortranOrder = false;
    Shape shape;
    std::size_t dataOffset = 0;
};

/// Longest header that is read, the part before the literal included.
constexpr std::size_t longestNpyHeader = 10'012;

/// Parses the start of an array's file. What is wrong, empty when nothing is.
std::string parseNpyHeader(ByteSpan start, NpyHeader& header);

bool isNpy(ByteSpan start);

}  // namespace vitrine
