// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPixmap>
#include <QWidget>

#include "ui/session/exploration.h"
#include "ui/views/parts/accessible_parts.h"
#include "ui/views/positions/position_tiles.h"

namespace vitrine {

/// The sheet of tiles and, beside or under it, the tile under the mouse enlarged.
class PositionTilesWidget : public QWidget, public HasParts {
    Q_OBJECT

public:
    /// What a tile stands for in the exploration.
    enum class Link { None, Patches, InnerTokens };

    explicit PositionTilesWidget(Exploration& exploration, QWidget* parent = nullptr);

    void setTiles(PositionTiles tiles, Link link, const QString& message);
    const PositionTiles& tiles() const { return m_tiles; }
    /// The tile that is enlarged: under the mouse, else the shown patch's.
    std::optional<int> presentTile() const;
    QRectF sheetRect() const;
    QRectF enlargedRect() const;
    // The tiles, for screen readers.
    int partCount() const override;
    QString partName(int part) const override;
    QString partValue(int part) const override;
    QRectF partRect(int part) const override;
    bool isPartChosen(int part) const override;
    void pressPart(int part) override;
    QSize sizeHint() const override { return {420, 260}; }
    QSize minimumSizeHint() const override { return {160, 160}; }

Q_SIGNALS:
    void pointed(std::optional<vitrine::PositionTiles::Place> place);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    bool isWide() const;
    void point(std::optional<PositionTiles::Place> place);
    const QPixmap& sheetPixmap();
    void paintEnlarged(QPainter& painter, int tile) const;

    Exploration& m_exploration;
    PositionTiles m_tiles;
    Link m_link = Link::None;
    QString m_message;
    std::optional<PositionTiles::Place> m_pointed;
    QPixmap m_sheet;
    ColourMap m_sheetColours = ColourMap::Magma;
};

}  // namespace vitrine
