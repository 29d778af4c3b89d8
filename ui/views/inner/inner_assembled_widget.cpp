// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/inner/inner_assembled_widget.h"

#include <QMouseEvent>

#include "ui/views/parts/view_parts.h"
#include "ui/views/parts/view_style.h"

namespace vitrine {

void paintAssembled(QPainter& painter, const QRectF& target, const QImage& picture, const Heatmap& map, int cellsPerPatch,
                    const DisplaySettings& display)
{
    painter.setRenderHint(QPainter::SmoothPixmapTransform, true);
    painter.drawImage(target, picture);
    DisplaySettings cells;
    cells.colours = display.colours;
    cells.opacity = display.opacity;
    cells.heatmap = display.heatmap;
    cells.smooth = display.smooth;
    cells.grid = false;
    paintHeatmap(painter, target, map, cells);
    if (!display.grid)
        return;
    // Lines between patches, not between the pixels in them.
    cells.heatmap = false;
    cells.grid = true;
    Heatmap patches;
    patches.rows = map.rows / cellsPerPatch;
    patches.columns = map.columns / cellsPerPatch;
    paintHeatmap(painter, target, patches, cells);
}

InnerAssembledWidget::InnerAssembledWidget(Exploration& exploration, QWidget* parent)
    : QWidget(parent)
    , m_exploration(exploration)
{
    setMouseTracking(true);
    setAccessibleName(tr("Inner tokens of all patches"));
}

void InnerAssembledWidget::setMap(Heatmap map, QImage picture, int cellsPerPatch)
{
    m_map = std::move(map);
    m_picture = std::move(picture);
    m_cellsPerPatch = cellsPerPatch;
    update();
}

QRectF InnerAssembledWidget::mapRect() const
{
    return m_picture.isNull() ? QRectF() : fitted(QRectF(rect()).adjusted(3, 3, -3, -3), m_picture.width(), m_picture.height());
}

int InnerAssembledWidget::patchOf(int cell) const
{
    return cell / m_map.columns / m_cellsPerPatch * (m_map.columns / m_cellsPerPatch) + cell % m_map.columns / m_cellsPerPatch;
}

void InnerAssembledWidget::paintEvent(QPaintEvent*)
{
    if (m_picture.isNull())
        return;
    QPainter painter(this);
    const QRectF target = mapRect();
    paintAssembled(painter, target, m_picture, m_map, m_cellsPerPatch, m_exploration.display());
    const int rows = m_map.rows / m_cellsPerPatch, columns = m_map.columns / m_cellsPerPatch;
    if (const std::optional<int> patch = m_exploration.shownPatch())
        paintPinFrame(painter, cellRect(target, rows, columns, *patch / columns, *patch % columns));
}

void InnerAssembledWidget::mouseMoveEvent(QMouseEvent* event)
{
    if (m_picture.isNull())
        return;
    const std::optional<int> cell = cellAt(mapRect(), m_map.rows, m_map.columns, event->position());
    if (cell) {
        const int row = *cell / m_map.columns % m_cellsPerPatch, column = *cell % m_map.columns % m_cellsPerPatch;
        m_exploration.hover(patchOf(*cell) + m_exploration.trace()->model->prefixTokens());
        m_exploration.hoverInner(m_cellsPerPatch > 1 ? std::optional(row * m_cellsPerPatch + column) : std::nullopt);
    } else {
        m_exploration.hover(std::nullopt);
        m_exploration.hoverInner(std::nullopt);
    }
    Q_EMIT pointed(cell);
}

void InnerAssembledWidget::mouseReleaseEvent(QMouseEvent* event)
{
    const std::optional<int> cell = cellAt(mapRect(), m_map.rows, m_map.columns, event->position());
    if (event->button() == Qt::LeftButton && cell)
        m_exploration.pin(patchOf(*cell) + m_exploration.trace()->model->prefixTokens());
}

void InnerAssembledWidget::leaveEvent(QEvent*)
{
    m_exploration.hoverInner(std::nullopt);
    m_exploration.hover(std::nullopt);
    Q_EMIT pointed(std::nullopt);
}

}  // namespace vitrine
