// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QString>

#include "ui/picture/bounds.h"
#include "ui/picture/transparency.h"

namespace vitrine {

/// Reads a picture file as RGB, upright as EXIF or XMP say, as Pillow's convert("RGB") does with grey, palette, alpha, CMYK
/// and 16-bit pictures (16-bit grey by its upper byte). The format is taken from the content, SVG is refused, sizes are
/// limited before decoding. Any thread. Throws Error, Cancelled.
Image readImage(const QString& path, const std::stop_token& stop = {}, const DecodeLimits& limits = {});
/// The same, and what is transparent in it.
Decoded readPicture(const QString& path, const std::stop_token& stop = {}, const DecodeLimits& limits = {});

/// The same file with `size` pixels along its longer side at most, scaled while decoding where the format can.
QImage readThumbnail(const QString& path, int size, const std::stop_token& stop = {});
QImage thumbnailOf(const Image& image, int size);

Image toImage(const QImage& image);
Decoded toPicture(const QImage& image);
/// Shares the pixels of `image`.
QImage toQImage(const Image& image);

/// "*.png", "*.jpg" ...: what readImage() takes, for file dialogs and folders.
QStringList imageNameFilters();

}  // namespace vitrine
