// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/figure/matrix_figure.h"

#include <algorithm>

#include "ui/figure/figure_text.h"

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

}  // namespace

Figure matrixFigure(Heatmap map, const QString& unit, const QString& title, const QString& rowTitle, const QString& columnTitle)
{
    for (int row = 0; row < map.rows / 2; ++row) {
        const auto line = map.values.begin() + static_cast<std::ptrdiff_t>(row) * map.columns;
        std::swap_ranges(line, line + map.columns, map.values.end() - static_cast<std::ptrdiff_t>(row + 1) * map.columns);
    }
    const double cell = std::clamp(440.0 / std::max(map.rows, map.columns), 8.0, 40.0);
    const QRectF target(figureMargin + axisTitle + numbers, figureMargin + figureTitleHeight, cell * map.columns,
                        cell * map.rows);
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
                       coloursOf(map, display), Qt::black, unit);
    };
    return figure;
}

}  // namespace vitrine
