// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/figure/matrix_figure.h"

#include <algorithm>

#include "ui/figure/figure_text.h"
#include "ui/picture/heatmap_painter.h"

namespace vitrine {

namespace {

constexpr double numbers = 24, axisTitle = 18;

void paintNumbers(QPainter& painter, const QRectF& target, const Heatmap& map)
{
    // Every second, every fifth ... where they would touch.
    const double cell = std::min(target.width() / map.columns, target.height() / map.rows);
    int every = 1;
    while (every * cell < 16)
        every = every == 1 ? 2 : every == 2 ? 5 : every * 2;
    painter.setFont(labelFont(figureTextSize - 1));
    for (int column = 0; column < map.columns; column += every) {
        const QRectF place = cellRect(target, map.rows, map.columns, 0, column);
        painter.drawText(QRectF(place.center().x() - 20, target.bottom() + 3, 40, numbers - 6), Qt::AlignHCenter | Qt::AlignTop,
                         QString::number(column));
    }
    for (int row = 0; row < map.rows; row += every) {
        const QRectF place = cellRect(target, map.rows, map.columns, map.rows - 1 - row, 0);
        painter.drawText(QRectF(target.left() - 44, place.center().y() - 10, 39, 20), Qt::AlignRight | Qt::AlignVCenter,
                         QString::number(row));
    }
}

void paintAxisTitles(QPainter& painter, const QRectF& target, const QString& rows, const QString& columns)
{
    painter.setFont(labelFont(figureTextSize));
    painter.drawText(QRectF(target.left(), target.bottom() + numbers - 2, target.width(), axisTitle), Qt::AlignCenter, columns);
    paintUpwards(painter, target, figureMargin, rows);
}

} // namespace

Figure matrixFigure(const NdArray& matrix, const QString& unit, const QString& title, const QString& rowTitle,
                    const QString& columnTitle)
{
    Heatmap map;
    map.rows = static_cast<int>(matrix.dim(0));
    map.columns = static_cast<int>(matrix.dim(1));
    map.range = {0, 1};
    for (int row = map.rows - 1; row >= 0; --row) {
        const NdArray values = matrix[row];
        map.values.insert(map.values.end(), values.values().begin(), values.values().end());
    }
    const double cell = std::clamp(440.0 / std::max(map.rows, map.columns), 8.0, 40.0);
    const QRectF target(figureMargin + axisTitle + numbers, figureMargin + figureTitleHeight, cell * map.columns, cell * map.rows);
    DisplaySettings display;
    display.opacity = 1;
    display.grid = false;

    Figure figure;
    figure.title = title;
    figure.size = {std::max(target.right() + 92, widthOfTitle(title)), target.bottom() + numbers + axisTitle + figureMargin};
    figure.paint = [=, width = figure.size.width()](QPainter& painter) {
        paintTitle(painter, title, width);
        paintNumbers(painter, target, map);
        paintAxisTitles(painter, target, rowTitle, columnTitle);
        paintHeatmap(painter, target, map, display);
        painter.setFont(labelFont(figureTextSize));
        paintColourBar(painter, {target.right() + 18, target.top() + 16, 14, std::min(target.height(), 320.0) - 16}, map.range,
                       display.colours, Qt::black, unit);
    };
    return figure;
}

} // namespace vitrine
