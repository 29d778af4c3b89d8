// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/picture/transparency.h"

#include <cmath>
#include <cstdio>

namespace vitrine {

namespace {

/// Soft edges and rounded corners are not worth a word.
constexpr double leastShare = 0.01;

std::string inPlace(const std::optional<std::array<std::uint8_t, 3>>& colour)
{
    if (!colour)
        return "the colours that the file keeps under it";
    if (*colour == std::array<std::uint8_t, 3>{0, 0, 0})
        return "black there";
    if (*colour == std::array<std::uint8_t, 3>{255, 255, 255})
        return "white there";
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "#%02x%02x%02x there", (*colour)[0], (*colour)[1], (*colour)[2]);
    return text.data();
}

}  // namespace

std::string sentenceOf(const Transparency& transparency)
{
    if (transparency.share < leastShare)
        return {};
    return std::to_string(std::lround(100 * transparency.share)) + " % of this picture is transparent: the network sees "
           + inPlace(transparency.colour) + ".";
}

}  // namespace vitrine
