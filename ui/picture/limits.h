// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include <QtGlobal>

#include "core/base/error.h"

namespace vitrine {

inline constexpr qint64 mostPixels = 128'000'000;

/// Before anything is decoded. Throws Error with the rest of a sentence about the picture.
inline void refuseTooManyPixels(qint64 width, qint64 height)
{
    if (width * height > mostPixels)
        throw Error("has " + std::to_string(width) + " x " + std::to_string(height) + " pixels; pictures up to "
                    + std::to_string(mostPixels / 1'000'000) + " megapixels are read, scale it down first");
}

}  // namespace vitrine
