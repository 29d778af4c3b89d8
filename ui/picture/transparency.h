// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "core/base/image.h"

namespace vitrine {

/// What a picture file says is mostly or wholly clear: its pixels are the colours that the file keeps under it.
struct Transparency {
    double share = 0;                                   ///< of the pixels
    std::optional<std::array<std::uint8_t, 3>> colour;  ///< where all of those pixels have the same
};

/// A picture as it was read.
struct Decoded {
    Image image;
    Transparency transparency;
};

/// What the network sees in place of what is transparent, in one sentence; empty where that is not worth one.
std::string sentenceOf(const Transparency& transparency);

/// Counts pixels that are mostly or wholly clear while a picture is read.
class ClearPixels {
public:
    void add(const std::uint8_t* rgb, int alpha)
    {
        if (alpha > 127)
            return;
        if (m_count++ == 0)
            m_first = {rgb[0], rgb[1], rgb[2]};
        m_same = m_same && rgb[0] == m_first[0] && rgb[1] == m_first[1] && rgb[2] == m_first[2];
    }
    Transparency among(std::size_t pixels) const
    {
        if (m_count == 0)
            return {};
        return {static_cast<double>(m_count) / static_cast<double>(pixels), m_same ? std::optional(m_first) : std::nullopt};
    }

private:
    std::size_t m_count = 0;
    std::array<std::uint8_t, 3> m_first{};
    bool m_same = true;
};

}  // namespace vitrine
