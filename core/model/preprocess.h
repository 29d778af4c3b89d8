// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/image.h"
#include "core/base/ndarray.h"
#include "core/model/model_spec.h"

namespace vitrine {

/// A rectangle in pixels of the original picture; may reach outside it (letterbox).
struct CropRect {
    double x = 0, y = 0, width = 0, height = 0;
};

/// A picture on its way into a network.
struct PreparedImage {
    NdArray input;  ///< [3, H, W], normalised
    Image view;     ///< the same pixels before normalisation, H x W: what the model sees
    CropRect crop;  ///< where `view` lies on the original
    int originalWidth = 0, originalHeight = 0;
};

/// Pillow's resize() with the antialiased filter, within 1/255 per pixel.
Image resize(const Image& image, int width, int height, Interpolation interpolation);

/// Whether the network takes the picture in its own shape (Preprocessing::mostPatches) and was made for another one: then it
/// is to be loaded again with ModelOverrides::pictureHeight and pictureWidth.
bool wantsAnotherShape(const Image& image, const ModelSpec& spec);

/// Resize, crop or pad, and normalise for a network of this input size.
PreparedImage prepare(const Image& image, const ModelSpec& spec);

}  // namespace vitrine
