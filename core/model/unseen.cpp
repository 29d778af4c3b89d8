// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/unseen.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace vitrine {

namespace {

/// The usual recipes leave 43 % of an ordinary photo of 16 : 9, which goes without saying.
constexpr double LeastSeen = 0.4;

/// How much of `length` lies between `begin` and `begin + part`.
double covered(double begin, double part, double length)
{
    return std::max(0.0, std::min(begin + part, length) - std::max(begin, 0.0)) / length;
}

}  // namespace

std::string unseenPart(const PreparedImage& picture, const Preprocessing& recipe)
{
    const CropRect& crop = picture.crop;
    const double seen = covered(crop.x, crop.width, picture.originalWidth)
                        * covered(crop.y, crop.height, picture.originalHeight);
    if (!(seen < LeastSeen))
        return {};
    std::array<char, 16> percent{};
    std::snprintf(percent.data(), percent.size(), seen < 0.01 ? "%.1f %%" : "%.0f %%", 100 * seen);
    return std::string("The network sees only the middle ") + percent.data() + " of this picture; with "
           + (recipe.fit == Fit::Crop ? "another fit (squash or letterbox)" : "a larger crop fraction") + " it sees more.";
}

}  // namespace vitrine
