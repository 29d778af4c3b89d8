// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/parts/chart_style.h"

#include <QAbstractAxis>
#include <QChart>
#include <QGraphicsScene>
#include <QLegend>
#include <QMouseEvent>

#include "ui/figure/figure_text.h"
#include "ui/views/parts/view_style.h"

namespace vitrine {

namespace {

void setFonts(QChart& chart, const QFont& legend, const QFont& axes)
{
    chart.legend()->setFont(legend);
    for (QAbstractAxis* axis : chart.axes()) {
        axis->setLabelsFont(axes);
        axis->setTitleFont(axes);
    }
}

}  // namespace

void ChartView::mousePressEvent(QMouseEvent* event)
{
    if (itemAt(event->position().toPoint()))
        QChartView::mousePressEvent(event);
    else
        event->ignore();
}

void prepareChart(QChartView& view)
{
    QChart& chart = *view.chart();
    chart.setAnimationOptions(QChart::NoAnimation);
    chart.setBackgroundVisible(false);
    chart.setMargins({4, 4, 4, 4});
    view.setFrameShape(QFrame::NoFrame);
    view.setBackgroundBrush(Qt::NoBrush);
    view.viewport()->setAutoFillBackground(false);
    view.setRenderHint(QPainter::Antialiasing);
}

void styleChart(QChart& chart, const QPalette& palette)
{
    const QColor text = palette.color(QPalette::WindowText);
    chart.legend()->setLabelColor(text);
    for (QAbstractAxis* axis : chart.axes()) {
        axis->setTitleFont(axis->labelsFont());
        axis->setLabelsColor(text);
        axis->setTitleBrush(text);
        axis->setLinePenColor(trackColour(palette));
        axis->setGridLineColor(trackColour(palette));
    }
}

void paintChart(QChartView& view, QPainter& painter, const QSizeF& size)
{
    QChart& chart = *view.chart();
    const QSizeF before = chart.size();
    const QFont legend = chart.legend()->font();
    const QFont axes = chart.axes().isEmpty() ? legend : chart.axes().front()->labelsFont();
    setFonts(chart, labelFont(figureTextSize), labelFont(figureTextSize));
    chart.resize(size);
    view.scene()->render(&painter, {{}, size}, chart.sceneBoundingRect());
    setFonts(chart, legend, axes);
    chart.resize(before);
}

}  // namespace vitrine
