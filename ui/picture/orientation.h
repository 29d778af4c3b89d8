// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

#include "core/base/image.h"

namespace vitrine {

/// What a container holds beside the pixels; empty where it holds none.
struct PictureMetadata {
    QByteArray exif, xmp;
};

PictureMetadata jpegMetadata(const QByteArray& bytes);
PictureMetadata webpMetadata(const QByteArray& bytes);

/// How a picture lies, 1 to 8 as EXIF counts: by EXIF, else by XMP's tiff:Orientation, as Pillow takes it. 1 where neither
/// says it.
int orientationOf(const PictureMetadata& metadata);

/// The picture upright.
Image upright(const Image& image, int orientation);

}  // namespace vitrine
