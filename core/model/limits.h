// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace vitrine {

/// The most that a file may say of a network: beyond, it is damaged or of another kind.
constexpr int MaxLayers = 1000;
constexpr int MaxHeads = 4096;
constexpr int MaxWidth = 65536;
constexpr int MaxImage = 16384;  ///< pixels a side

}  // namespace vitrine
