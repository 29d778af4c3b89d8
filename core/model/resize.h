// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/image.h"
#include "core/model/model_spec.h"

namespace vitrine {

/// A rectangle of whole pixels.
struct PixelRect {
    int x = 0, y = 0, width = 0, height = 0;
};

/// The part `region` (inside width x height) of resize(image, width, height): the same pixels, but nothing outside the
/// region is computed, so that a long strip costs no more than its crop.
Image resizeRegion(const Image& image, int width, int height, const PixelRect& region, Interpolation interpolation);

}  // namespace vitrine
