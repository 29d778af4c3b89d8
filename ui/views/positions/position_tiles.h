// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QPainter>

#include "core/base/ndarray.h"
#include "ui/picture/heatmap_painter.h"

namespace vitrine {

/// Position embeddings of a grid as tiles (ViT paper, figure 7): tile i shows how similar position i is to all others.
/// Knows no widget.
class PositionTiles {
public:
    PositionTiles() = default;
    /// `similarity` [rows * columns, rows * columns], cosine.
    PositionTiles(NdArray similarity, int rows, int columns);

    bool empty() const { return m_similarity.empty(); }
    int rows() const { return m_rows; }
    int columns() const { return m_columns; }
    int count() const { return m_rows * m_columns; }
    float similarity(int tile, int cell) const { return m_similarity.at({tile, cell}); }
    const NdArray& values() const { return m_similarity; }
    /// Of all tiles: they share one scale.
    ValueRange range() const { return m_range; }
    /// `wanted`, or diverging where there are numbers below 0; then the range is as wide on both sides.
    ColourMap coloursFor(ColourMap wanted) const;

    /// All tiles, one pixel a cell, with a clear pixel between tiles.
    QImage sheet(ColourMap colours) const;
    /// One tile, one pixel a cell.
    QImage tile(int index, ColourMap colours) const;

    /// Where a tile lies when the sheet fills `target`, and which tile and cell lie under a position.
    QRectF tileRect(const QRectF& target, int index) const;
    struct Place {
        int tile = 0, cell = 0;
        bool operator==(const Place&) const = default;
    };
    std::optional<Place> placeAt(const QRectF& target, const QPointF& position) const;

private:
    NdArray m_similarity;
    int m_rows = 0, m_columns = 0;
    ValueRange m_range;
};

/// Enlarges or shrinks an image of cells to `size` pixels without uneven cells or moiré.
QImage resampledCells(const QImage& cells, const QSize& size);

}  // namespace vitrine
