// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/figure/curve_figure.h"

#include <QPainterPath>

#include <algorithm>
#include <cmath>

#include "ui/figure/figure_text.h"

namespace vitrine {

namespace {

constexpr QRectF curvePlot(64, figureMargin + figureTitleHeight, 480, 300);

void paintAxes(QPainter& painter, const QString& xTitle, const QString& yTitle, const QStringList& ticks)
{
    painter.setFont(labelFont(figureTextSize));
    constexpr QColor line(225, 225, 225);
    for (int tick = 0; tick <= 4; ++tick) {
        const double y = curvePlot.bottom() - curvePlot.height() * tick / 4;
        painter.setPen(QPen(line, 1));
        painter.drawLine(QPointF(curvePlot.left(), y), QPointF(curvePlot.right(), y));
        painter.setPen(Qt::black);
        painter.drawText(QRectF(curvePlot.left() - 44, y - 8, 38, 16), Qt::AlignRight | Qt::AlignVCenter,
                         QString::number(tick / 4.0));
    }
    // Every second, every third ... where they would touch.
    constexpr double narrowest = 34;
    const auto last = static_cast<double>(std::max<qsizetype>(1, ticks.size() - 1));
    const int every = std::max(1, static_cast<int>(std::ceil(narrowest * last / curvePlot.width())));
    for (int tick = 0; tick < ticks.size(); tick += every) {
        const double x = curvePlot.left() + curvePlot.width() * tick / last;
        painter.setPen(QPen(line, 1));
        painter.drawLine(QPointF(x, curvePlot.top()), QPointF(x, curvePlot.bottom()));
        painter.setPen(Qt::black);
        painter.drawText(QRectF(x - 30, curvePlot.bottom() + 4, 60, 16), Qt::AlignCenter, ticks[tick]);
    }
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(curvePlot);
    painter.drawText(QRectF(curvePlot.left(), curvePlot.bottom() + 22, curvePlot.width(), 18), Qt::AlignCenter, xTitle);
    paintUpwards(painter, curvePlot, figureMargin - 6, yTitle);
}

void paintCurve(QPainter& painter, const Curve& curve)
{
    QPainterPath path;
    const double last = static_cast<double>(curve.values.size() - 1);
    for (std::int64_t i = 0; i < curve.values.size(); ++i) {
        const QPointF point(curvePlot.left() + curvePlot.width() * static_cast<double>(i) / last,
                            curvePlot.bottom() - curvePlot.height() * std::clamp(double(curve.values.at({i})), 0.0, 1.0));
        if (i == 0)
            path.moveTo(point);
        else
            path.lineTo(point);
    }
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(curve.colour, 2));
    painter.drawPath(path);
}

}  // namespace

Figure curveFigure(std::vector<Curve> curves, const QString& title, const QString& xTitle, const QString& yTitle,
                   const QStringList& ticks)
{
    Figure figure;
    figure.title = title;
    figure.showsTitle = true;
    constexpr double legendLine = 20;
    const double legendTop = curvePlot.bottom() + 50;
    figure.size = {std::max(curvePlot.right() + 32, widthOfTitle(title)),
                   legendTop + legendLine * static_cast<double>(curves.size()) + figureMargin};
    figure.paint = [=, curves = std::move(curves), width = figure.size.width()](QPainter& painter) {
        painter.setRenderHint(QPainter::Antialiasing);
        paintTitle(painter, title, width);
        paintAxes(painter, xTitle, yTitle, ticks);
        double y = legendTop;
        for (const Curve& curve : curves) {
            paintCurve(painter, curve);
            painter.drawLine(QPointF(curvePlot.left(), y + legendLine / 2), QPointF(curvePlot.left() + 24, y + legendLine / 2));
            painter.setPen(Qt::black);
            painter.drawText(QRectF(curvePlot.left() + 32, y, width - curvePlot.left() - 32, legendLine), Qt::AlignVCenter,
                             curve.name);
            y += legendLine;
        }
    };
    return figure;
}

}  // namespace vitrine
