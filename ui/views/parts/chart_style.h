// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPalette>
#include <QSizeF>

class QChart;
class QChartView;
class QPainter;

namespace vitrine {

/// A chart as a part of the window: no frame, no ground of its own, no animation.
void prepareChart(QChartView& view);
/// Its axes and legend in the colours of a palette.
void styleChart(QChart& chart, const QPalette& palette);
/// The chart in another size, as a figure has it.
void paintChart(QChartView& view, QPainter& painter, const QSizeF& size);

}  // namespace vitrine
