// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

#include "ui/picture/bounds.h"
#include "ui/picture/transparency.h"

namespace vitrine {

/// The first page of a TIFF, upright: grey, palette, RGB, CMYK and YCbCr of 1 to 16 bits as Pillow's convert("RGB") reads
/// it, but 16-bit grey by its upper byte. Any thread, and nothing on stderr. Throws Error with what is wrong as the rest of
/// a sentence ("has 5 channels"): not whole, too large, or a kind that has no certain black and white.
Decoded readTiff(const QByteArray& bytes, DecodeBudget& budget);

}  // namespace vitrine
