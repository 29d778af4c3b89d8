// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QChartView>
#include <QPalette>
#include <QSizeF>

class QPainter;

namespace vitrine {

/// QChartView asks what lies under a press, and falls over nothing.
class ChartView : public QChartView {
public:
    using QChartView::QChartView;

protected:
    void mousePressEvent(QMouseEvent* event) override;
};

/// A chart as a part of the window: no frame, no ground of its own, no animation.
void prepareChart(QChartView& view);
/// Its axes and legend in the colours of a palette.
void styleChart(QChart& chart, const QPalette& palette);
/// The chart in another size and in the font of figures.
void paintChart(QChartView& view, QPainter& painter, const QSizeF& size);

}  // namespace vitrine
