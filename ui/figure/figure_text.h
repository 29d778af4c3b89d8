// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFont>
#include <QPainter>
#include <QString>
#include <QStringList>

namespace vitrine {

// What every figure has around its pictures, in logical pixels.
constexpr double figureMargin = 16, figureTitleHeight = 26, figureTextSize = 11;

/// The font of every text in a figure: the same on every machine and screen.
QFont labelFont(double size, bool bold = false);
/// Broken at words, or anywhere in a word that is longer than a line.
QStringList wrapped(const QString& text, const QFont& font, double width);

/// How wide a figure is that has room for its title.
double widthOfTitle(const QString& title);
/// At the top of a figure of this width; leaves a black pen.
void paintTitle(QPainter& painter, const QString& title, double width);
/// From the bottom to the top beside `target`, centred on it; `left` is the line's left edge.
void paintUpwards(QPainter& painter, const QRectF& target, double left, const QString& text);

}  // namespace vitrine
