// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

namespace vitrine {

/// Whether the first picture in `bytes` is there to its end, for the formats ("jpeg", "gif", "bmp") whose Qt decoder
/// fills a cut file with grey or black and says nothing; true for the others, which fail by themselves.
bool isWhole(const QByteArray& bytes, const char* format);

}  // namespace vitrine
