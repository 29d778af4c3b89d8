// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/positions/position_tiles.h"

#include <algorithm>
#include <cmath>

namespace vitrine {

PositionTiles::PositionTiles(NdArray similarity, int rows, int columns)
    : m_similarity(std::move(similarity))
    , m_rows(rows)
    , m_columns(columns)
    , m_range(rangeOf(m_similarity.values()))
{
    // Signed numbers are seen against their 0.
    if (m_range.low < 0) {
        const float most = std::max(-m_range.low, m_range.high);
        m_range = {-most, most};
    }
}

ColourMap PositionTiles::coloursFor(ColourMap wanted) const
{
    return m_range.low < 0 ? ColourMap::Diverging : wanted;
}

QImage PositionTiles::tile(int index, ColourMap colours) const
{
    return colourImage(m_similarity[index].values(), m_columns, m_rows, m_range, coloursFor(colours));
}

QImage PositionTiles::sheet(ColourMap colours) const
{
    QImage image(m_columns * (m_columns + 1) - 1, m_rows * (m_rows + 1) - 1, QImage::Format_ARGB32_Premultiplied);
    image.fill(Qt::transparent);
    for (int index = 0; index < count(); ++index) {
        const QImage one = tile(index, colours);
        const int left = index % m_columns * (m_columns + 1), top = index / m_columns * (m_rows + 1);
        for (int row = 0; row < m_rows; ++row)
            std::copy_n(reinterpret_cast<const QRgb*>(one.constScanLine(row)), m_columns,
                        reinterpret_cast<QRgb*>(image.scanLine(top + row)) + left);
    }
    return image;
}

QRectF PositionTiles::tileRect(const QRectF& target, int index) const
{
    const double cellWidth = target.width() / (m_columns * (m_columns + 1) - 1);
    const double cellHeight = target.height() / (m_rows * (m_rows + 1) - 1);
    return {target.left() + index % m_columns * (m_columns + 1) * cellWidth,
            target.top() + index / m_columns * (m_rows + 1) * cellHeight, m_columns * cellWidth, m_rows * cellHeight};
}

std::optional<PositionTiles::Place> PositionTiles::placeAt(const QRectF& target, const QPointF& position) const
{
    if (empty() || !target.contains(position))
        return std::nullopt;
    // The clear pixel belongs to the tile before it, so that the mouse never falls between two.
    const double cellWidth = target.width() / (m_columns * (m_columns + 1) - 1);
    const double cellHeight = target.height() / (m_rows * (m_rows + 1) - 1);
    const int x = static_cast<int>((position.x() - target.left()) / cellWidth);
    const int y = static_cast<int>((position.y() - target.top()) / cellHeight);
    const int tileColumn = std::min(x / (m_columns + 1), m_columns - 1), tileRow = std::min(y / (m_rows + 1), m_rows - 1);
    const int column = std::min(x - tileColumn * (m_columns + 1), m_columns - 1);
    const int row = std::min(y - tileRow * (m_rows + 1), m_rows - 1);
    return Place{tileRow * m_columns + tileColumn, row * m_columns + column};
}

QImage resampledCells(const QImage& cells, const QSize& size)
{
    const int factor = static_cast<int>(std::ceil(std::max(double(size.width()) / cells.width(), 1.0)));
    return cells.scaled(cells.size() * factor, Qt::IgnoreAspectRatio, Qt::FastTransformation)
        .scaled(size, Qt::IgnoreAspectRatio, Qt::SmoothTransformation);
}

}  // namespace vitrine
