// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QPainter>
#include <QPalette>

namespace vitrine {

/// What views share in looks; every colour comes from the palette, so that dark and light follow the system.

/// `amount` 0..1 of `top` over `base`.
QColor mixed(const QColor& base, const QColor& top, double amount);
/// Text that explains and steps back behind the numbers.
QColor quietText(const QPalette& palette);
/// The empty part of a bar, a hairline, a box in a diagram.
QColor trackColour(const QPalette& palette);
/// The palette of exported figures: black on white, whatever the window looks like.
QPalette figurePalette();
/// The ground of letters that lie over a picture.
void paintBacking(QPainter& painter, const QRectF& rect, const QPalette& palette);
/// A two-pixel ring in the accent colour just inside `rect`.
void paintFocusRing(QPainter& painter, const QRectF& rect, const QPalette& palette);

}  // namespace vitrine
