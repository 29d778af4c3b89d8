// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/figure/matrix_figure.h"

#include <algorithm>

#include "ui/figure/label_font.h"
#include "ui/picture/heatmap_painter.h"

namespace vitrine {

namespace {

constexpr double margin = 16, titleHeight = 26, numbers = 24, axisTitle = 18, textSize = 11;

void paintNumbers(QPainter& painter, const QRectF& target, const Heatmap& map)
{
    // Every second, every fifth ... where they would touch.
    const double cell = std::min(target.width() / map.columns, target.height() / map.rows);
    int every = 1;
    while (every * cell < 16)
        every = every == 1 ? 2 : every == 2 ? 5 : every * 2;
    painter.setFont(labelFont(textSize - 1));
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
    painter.setFont(labelFont(textSize));
    painter.drawText(QRectF(target.left(), target.bottom() + numbers - 2, target.width(), axisTitle), Qt::AlignCenter, columns);
    painter.save();
    painter.translate(margin, target.center().y());
    painter.rotate(-90);
    painter.drawText(QRectF(-target.height() / 2, 0, target.height(), axisTitle), Qt::AlignCenter, rows);
    painter.restore();
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
    const QRectF target(margin + axisTitle + numbers, margin + titleHeight, cell * map.columns, cell * map.rows);
    DisplaySettings display;
    display.opacity = 1;
    display.grid = false;

    Figure figure;
    figure.title = title;
    const double wanted = QFontMetricsF(labelFont(13, true)).horizontalAdvance(title) + 2 * margin;
    figure.size = {std::max(target.right() + 92, wanted), target.bottom() + numbers + axisTitle + margin};
    figure.paint = [=](QPainter& painter) {
        painter.setPen(Qt::black);
        painter.setFont(labelFont(13, true));
        painter.drawText(QRectF(margin, margin - 4, figure.size.width() - 2 * margin, titleHeight), Qt::AlignLeft, title);
        paintNumbers(painter, target, map);
        paintAxisTitles(painter, target, rowTitle, columnTitle);
        paintHeatmap(painter, target, map, display);
        painter.setFont(labelFont(textSize));
        paintColourBar(painter, {target.right() + 18, target.top() + 16, 14, std::min(target.height(), 320.0) - 16}, map.range,
                       display.colours, Qt::black, unit);
    };
    return figure;
}

} // namespace vitrine
