// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/figure/matrix_figure.h"

#include <algorithm>
#include <utility>

#include "ui/figure/figure_text.h"

namespace vitrine {

namespace {

constexpr double numbers = 24, axisTitle = 18;
static_assert(numbers + axisTitle == matrixMargin);

}  // namespace

Heatmap fromBottom(Heatmap map)
{
    for (int row = 0; row < map.rows / 2; ++row) {
        const auto line = map.values.begin() + static_cast<std::ptrdiff_t>(row) * map.columns;
        std::swap_ranges(line, line + map.columns, map.values.end() - static_cast<std::ptrdiff_t>(row + 1) * map.columns);
    }
    return map;
}

void paintMatrixNumbers(QPainter& painter, const QRectF& target, const Heatmap& map)
{
    // Every second, every fifth ... where they would touch.
    const double cell = std::min(target.width() / map.columns, target.height() / map.rows);
    int every = 1;
    while (every * cell < 16)
        every = every == 1 ? 2 : every == 2 ? 5 : every * 2;
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

void paintMatrixTitles(QPainter& painter, const QRectF& target, const QString& rows, const QString& columns)
{
    painter.drawText(QRectF(target.left(), target.bottom() + numbers - 2, target.width(), axisTitle), Qt::AlignCenter, columns);
    paintUpwards(painter, target, target.left() - matrixMargin, rows);
}

Figure matrixFigure(Heatmap matrix, const QString& unit, const QString& title, const QString& rowTitle,
                    const QString& columnTitle, ColourMap colours)
{
    const Heatmap map = fromBottom(std::move(matrix));
    const double cell = std::clamp(440.0 / std::max(map.rows, map.columns), 8.0, 40.0);
    const QRectF target(figureMargin + matrixMargin, figureMargin + figureTitleHeight, cell * map.columns, cell * map.rows);
    DisplaySettings display;
    display.colours = colours;
    display.opacity = 1;
    display.grid = false;

    Figure figure;
    figure.title = title;
    figure.showsTitle = true;
    figure.size = {std::max(target.right() + 92, widthOfTitle(title)), target.bottom() + matrixMargin + figureMargin};
    figure.paint = [=, width = figure.size.width()](QPainter& painter) {
        paintTitle(painter, title, width);
        painter.setFont(labelFont(figureTextSize - 1));
        paintMatrixNumbers(painter, target, map);
        painter.setFont(labelFont(figureTextSize));
        paintMatrixTitles(painter, target, rowTitle, columnTitle);
        paintHeatmap(painter, target, map, display);
        painter.setFont(labelFont(figureTextSize));
        paintColourBar(painter, {target.right() + 18, target.top() + 16, 14, std::min(target.height(), 320.0) - 16}, map.range,
                       coloursOf(map, display), Qt::black, unit);
    };
    return figure;
}

}  // namespace vitrine
