// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/positions/position_tiles_widget.h"

#include <algorithm>
#include <cmath>

#include <QKeyEvent>
#include <QMouseEvent>

#include "ui/views/parts/view_parts.h"
#include "ui/views/parts/view_style.h"

namespace vitrine {

namespace {

constexpr double tileGap = 14, titleHeight = 20;

}  // namespace

PositionTilesWidget::PositionTilesWidget(Exploration& exploration, QWidget* parent)
    : QWidget(parent)
    , m_exploration(exploration)
{
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    installAccessibleParts();
    setAccessibleName(tr("Position embeddings: a tile for each position"));
    connect(&m_exploration, &Exploration::hoverChanged, this, qOverload<>(&QWidget::update));
    connect(&m_exploration, &Exploration::placeChanged, this, qOverload<>(&QWidget::update));
    connect(&m_exploration, &Exploration::displayChanged, this, qOverload<>(&QWidget::update));
}

void PositionTilesWidget::setTiles(PositionTiles tiles, Link link, const QString& message)
{
    m_tiles = std::move(tiles);
    m_link = link;
    m_message = message;
    m_sheet = {};
    point(std::nullopt);
    update();
}

int PositionTilesWidget::partCount() const
{
    return m_tiles.empty() ? 0 : m_tiles.count();
}

QString PositionTilesWidget::partName(int part) const
{
    return tr("tile %1, %2").arg(part / m_tiles.columns()).arg(part % m_tiles.columns());
}

QString PositionTilesWidget::partValue(int part) const
{
    const int present = *presentTile();
    return tr("cosine %1 with tile %2, %3")
        .arg(static_cast<double>(m_tiles.similarity(present, part)), 0, 'f', 2)
        .arg(present / m_tiles.columns())
        .arg(present % m_tiles.columns());
}

QRectF PositionTilesWidget::partRect(int part) const
{
    return m_tiles.tileRect(sheetRect(), part);
}

bool PositionTilesWidget::isPartChosen(int part) const
{
    return presentTile() == part;
}

void PositionTilesWidget::pressPart(int part)
{
    point(PositionTiles::Place{part, part});
}

bool PositionTilesWidget::isWide() const
{
    return width() > height() * 1.15;
}

QRectF PositionTilesWidget::sheetRect() const
{
    if (m_tiles.empty())
        return {};
    const QRectF inside = QRectF(rect()).adjusted(4, 4, -4, -4);
    // The larger part for the sheet, the rest for one tile of it.
    const QRectF part = isWide() ? QRectF(inside.left(), inside.top(), (inside.width() - tileGap) * 0.58, inside.height())
                                 : QRectF(inside.left(), inside.top(), inside.width(), (inside.height() - tileGap) * 0.62);
    QRectF sheet = fitted(part, m_tiles.columns() * (m_tiles.columns() + 1) - 1, m_tiles.rows() * (m_tiles.rows() + 1) - 1);
    sheet.moveTopLeft(QPointF(isWide() ? part.left() : sheet.left(), part.top()));
    return sheet;
}

QRectF PositionTilesWidget::enlargedRect() const
{
    if (m_tiles.empty())
        return {};
    const QRectF inside = QRectF(rect()).adjusted(4, 4, -4, -4), sheet = sheetRect();
    const QRectF part = isWide() ? QRectF(sheet.right() + tileGap, inside.top() + titleHeight,
                                          inside.right() - sheet.right() - tileGap, inside.height() - titleHeight)
                                 : QRectF(inside.left(), sheet.bottom() + titleHeight + 4, inside.width(),
                                          inside.bottom() - sheet.bottom() - titleHeight - 4);
    QRectF tile = fitted(part, m_tiles.columns(), m_tiles.rows());
    tile.moveTop(part.top());
    if (isWide())
        tile.moveLeft(part.left());
    return tile;
}

std::optional<int> PositionTilesWidget::presentTile() const
{
    if (m_tiles.empty())
        return std::nullopt;
    if (m_pointed)
        return m_pointed->tile;
    const std::optional<int> linked = m_link == Link::Patches       ? m_exploration.shownPatch()
                                      : m_link == Link::InnerTokens ? m_exploration.hoveredInner()
                                                                    : std::nullopt;
    if (linked && *linked < m_tiles.count())
        return linked;
    // Something to look at before the mouse arrives: the middle.
    return m_tiles.rows() / 2 * m_tiles.columns() + m_tiles.columns() / 2;
}

const QPixmap& PositionTilesWidget::sheetPixmap()
{
    const ColourMap colours = m_exploration.display().colours;
    const QSize size = (sheetRect().size() * devicePixelRatioF()).toSize();
    if (m_sheet.isNull() || m_sheet.size() != size || m_sheetColours != colours) {
        m_sheet = QPixmap::fromImage(resampledCells(m_tiles.sheet(colours), size));
        m_sheetColours = colours;
    }
    return m_sheet;
}

void PositionTilesWidget::paintEnlarged(QPainter& painter, int tile) const
{
    const QRectF target = enlargedRect();
    const QImage image = m_tiles.tile(tile, m_exploration.display().colours);
    paintCells(painter, target, image);
    painter.setPen(quietText(palette()));
    painter.drawText(QRectF(target.left(), target.top() - titleHeight, std::max(target.width(), 200.0), titleHeight - 4),
                     Qt::AlignLeft | Qt::AlignVCenter,
                     tr("tile %1, %2").arg(tile / m_tiles.columns()).arg(tile % m_tiles.columns()));
    const auto outline = [&](int cell, const QColor& colour) {
        paintOutline(painter,
                     cellRect(target, m_tiles.rows(), m_tiles.columns(), cell / m_tiles.columns(), cell % m_tiles.columns()),
                     colour, 1.5);
    };
    outline(tile, QColor(markColour));
    if (m_pointed && m_pointed->cell != tile)
        outline(m_pointed->cell, Qt::white);
    const QRectF cell = cellRect(target, m_tiles.rows(), m_tiles.columns(), 0, 0);
    if (cell.width() < 40)
        return;
    for (int i = 0; i < m_tiles.count(); ++i) {
        painter.setPen(inkOn(image.pixel(i % m_tiles.columns(), i / m_tiles.columns())));
        painter.drawText(cellRect(target, m_tiles.rows(), m_tiles.columns(), i / m_tiles.columns(), i % m_tiles.columns()),
                         Qt::AlignCenter,
                         QString::number(std::round(m_tiles.similarity(tile, i) * 100.0) / 100.0 + 0.0, 'f', 2));
    }
}

void PositionTilesWidget::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    if (m_tiles.empty()) {
        paintMessage(painter, rect(), m_message, palette());
    } else {
        painter.drawPixmap(sheetRect(), sheetPixmap(), QRectF(sheetPixmap().rect()));
        const int tile = *presentTile();
        paintPinFrame(painter, m_tiles.tileRect(sheetRect(), tile));
        paintEnlarged(painter, tile);
    }
    if (hasFocus())
        paintFocusRing(painter, rect(), palette());
}

void PositionTilesWidget::point(std::optional<PositionTiles::Place> place)
{
    if (place == m_pointed)
        return;
    m_pointed = place;
    const std::optional<int> tile = place ? std::optional(place->tile) : std::nullopt;
    if (m_link == Link::Patches && m_exploration.trace())
        m_exploration.hover(tile ? std::optional(*tile + m_exploration.trace()->model->prefixTokens()) : std::nullopt);
    else if (m_link == Link::InnerTokens)
        m_exploration.hoverInner(tile);
    update();
    Q_EMIT pointed(place);
}

void PositionTilesWidget::mouseMoveEvent(QMouseEvent* event)
{
    if (m_tiles.empty())
        return;
    if (const auto cell = cellAt(enlargedRect(), m_tiles.rows(), m_tiles.columns(), event->position()))
        point(PositionTiles::Place{*presentTile(), *cell});
    else
        point(m_tiles.placeAt(sheetRect(), event->position()));
}

void PositionTilesWidget::mouseReleaseEvent(QMouseEvent* event)
{
    if (event->button() == Qt::LeftButton && m_pointed && m_link == Link::Patches)
        m_exploration.pin(m_exploration.hovered());
}

void PositionTilesWidget::leaveEvent(QEvent*)
{
    point(std::nullopt);
}

void PositionTilesWidget::keyPressEvent(QKeyEvent* event)
{
    if (m_tiles.empty() || (event->modifiers() & ~Qt::KeypadModifier)) {
        event->ignore();
        return;
    }
    if (const std::optional<int> to = steppedCell(*event, m_tiles.rows(), m_tiles.columns(), *presentTile())) {
        point(PositionTiles::Place{*to, *to});
        tellPart(this, *to);
        return;
    }
    switch (event->key()) {
    case Qt::Key_P:
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (m_link == Link::Patches)
            m_exploration.pin(m_exploration.hovered());
        return;
    case Qt::Key_Escape:
        if (m_exploration.pinned()) {
            m_exploration.pin(std::nullopt);
            return;
        }
        [[fallthrough]];
    default:
        event->ignore();
    }
}

}  // namespace vitrine
