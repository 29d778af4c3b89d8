// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/figure/scatter_figure.h"

#include <algorithm>
#include <cmath>

#include "ui/figure/figure_text.h"

namespace vitrine {

namespace {

constexpr QRectF scatterPlot(72, figureMargin + figureTitleHeight, 480, 300);

/// 1, 2 or 5 times a power of ten: at most six steps up to `largest`.
double stepFor(double largest)
{
    const double least = largest / 6, power = std::pow(10, std::floor(std::log10(least)));
    for (const double factor : {1.0, 2.0, 5.0})
        if (factor * power >= least)
            return factor * power;
    return 10 * power;
}

double largestOf(const NdArray& points)
{
    double largest = 0;
    for (const float value : points.values())
        if (std::isfinite(value))
            largest = std::max(largest, static_cast<double>(value));
    return largest > 0 ? largest : 1;
}

double columnAt(std::int64_t column, std::int64_t columns)
{
    return scatterPlot.left() + scatterPlot.width() * (static_cast<double>(column) + 0.5) / static_cast<double>(columns);
}

void paintAxes(QPainter& painter, std::int64_t columns, double top, double step, const QString& xTitle, const QString& yTitle)
{
    painter.setFont(labelFont(figureTextSize));
    for (double value = 0; value <= top * 1.0001; value += step) {
        const double y = scatterPlot.bottom() - scatterPlot.height() * value / top;
        painter.setPen(QPen(QColor(225, 225, 225), 1));
        painter.drawLine(QPointF(scatterPlot.left(), y), QPointF(scatterPlot.right(), y));
        painter.setPen(Qt::black);
        painter.drawText(QRectF(scatterPlot.left() - 52, y - 8, 46, 16), Qt::AlignRight | Qt::AlignVCenter,
                         QString::number(value, 'g', 4));
    }
    const auto every = std::max<std::int64_t>(1, (columns + 23) / 24);
    for (std::int64_t column = 0; column < columns; column += every)
        painter.drawText(QRectF(columnAt(column, columns) - 20, scatterPlot.bottom() + 4, 40, 16), Qt::AlignCenter,
                         QString::number(column));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(scatterPlot);
    painter.drawText(QRectF(scatterPlot.left(), scatterPlot.bottom() + 22, scatterPlot.width(), 18), Qt::AlignCenter, xTitle);
    paintUpwards(painter, scatterPlot, figureMargin - 10, yTitle);
}

}  // namespace

Figure scatterFigure(const NdArray& points, const QString& title, const QString& xTitle, const QString& yTitle)
{
    const double largest = largestOf(points), step = stepFor(largest), top = step * std::ceil(largest / step);
    Figure figure;
    figure.title = title;
    figure.showsTitle = true;
    figure.size = {std::max(scatterPlot.right() + 32, widthOfTitle(title)), scatterPlot.bottom() + 46 + figureMargin};
    figure.paint = [=, width = figure.size.width()](QPainter& painter) {
        painter.setRenderHint(QPainter::Antialiasing);
        paintTitle(painter, title, width);
        paintAxes(painter, points.dim(0), top, step, xTitle, yTitle);
        painter.setPen(Qt::NoPen);
        painter.setBrush(QColor(0x21, 0x66, 0xac, 170));
        for (std::int64_t i = 0; i < points.size(); ++i)
            if (const float value = points.data()[i]; std::isfinite(value))
                painter.drawEllipse(QPointF(columnAt(i / points.dim(1), points.dim(0)),
                                            scatterPlot.bottom() - scatterPlot.height() * double(value) / top),
                                    4, 4);
    };
    return figure;
}

}  // namespace vitrine
