// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

#include "ui/picture/bounds.h"
#include "ui/picture/transparency.h"

namespace vitrine {

/// A PNG, upright, as Pillow's convert("RGB") reads it, but 16-bit grey by its upper byte. Any thread, and nothing on stderr.
/// Throws Error with what is wrong as the rest of a sentence: damaged, not whole, too large.
Decoded readPng(const QByteArray& bytes, DecodeBudget& budget);

}  // namespace vitrine
