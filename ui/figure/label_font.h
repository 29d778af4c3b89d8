// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFont>
#include <QString>

namespace vitrine {

/// The font of every text in a figure, `size` in logical pixels: the same on every machine.
inline QFont labelFont(double size, bool bold = false)
{
    QFont font(QStringLiteral("DejaVu Sans"));
    font.setPixelSize(static_cast<int>(size));
    font.setBold(bold);
    return font;
}

} // namespace vitrine
