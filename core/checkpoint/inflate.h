// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include "core/checkpoint/mapped_file.h"

namespace vitrine {

/// Unpacks raw deflate data into `target`. How many bytes came out; fewer than asked when the data end before.
/// `complete` tells whether the data ended, without error, exactly where `target` and `packed` do.
struct Inflated {
    std::size_t size = 0;
    bool complete = false;
};
Inflated inflateInto(ByteSpan packed, std::span<std::uint8_t> target);

/// The same, in pieces that `consume` is given, never more than `size` bytes in all.
Inflated inflatePieces(ByteSpan packed, std::uint64_t size, const std::function<void(ByteSpan)>& consume);

/// CRC-32 of zip, continued from `crc` (0 at the start).
std::uint32_t checksum(std::uint32_t crc, ByteSpan bytes);

}  // namespace vitrine
