// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>

#include "ui/picture/colour_map.h"

namespace vitrine {

/// 256 colours, 0xRRGGBB, from the low end to the high end.
using ColourTable = std::array<std::uint32_t, 256>;

const ColourTable& colourTable(ColourMap map);

}  // namespace vitrine
