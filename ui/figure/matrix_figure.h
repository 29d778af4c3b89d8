// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/figure/figure.h"
#include "ui/picture/heatmap_painter.h"

namespace vitrine {

/// What a matrix needs at its left and below it for numbers and titles.
inline constexpr double matrixMargin = 42;

/// Row 0 at the bottom, as in a chart.
Heatmap fromBottom(Heatmap map);
/// The numbers of rows and columns outside `target`, where a matrix with row 0 at the bottom lies, and what they count.
void paintMatrixNumbers(QPainter& painter, const QRectF& target, const Heatmap& map);
void paintMatrixTitles(QPainter& painter, const QRectF& target, const QString& rows, const QString& columns);

/// A matrix with its row and column numbers and what they count, row 0 at the bottom as in a chart, and a colour bar under
/// the name of its `unit`; what is no number stays white.
Figure matrixFigure(Heatmap matrix, const QString& unit, const QString& title, const QString& rowTitle,
                    const QString& columnTitle, ColourMap colours = ColourMap::Magma);

}  // namespace vitrine
