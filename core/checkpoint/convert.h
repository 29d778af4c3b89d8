// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/checkpoint/element_type.h"

namespace vitrine {

/// `count` elements of `type` at `source` (any alignment, native byte order) as float32. The type must be readable.
void convertToFloat(ElementType type, const std::uint8_t* source, std::size_t count, float* target);

/// Reverses the bytes of each of `count` elements of `width` bytes.
void swapBytes(std::uint8_t* data, std::size_t count, std::size_t width);

}  // namespace vitrine
