// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

namespace vitrine {

/// Opens the bytes as a weight file and reads every tensor. Aborts when an error has no text or is none of ours.
void openBytes(const std::uint8_t* data, std::size_t size);

}  // namespace vitrine
