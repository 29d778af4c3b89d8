// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/canvas/canvas_painter.h"

#include <QPaintEngine>
#include <QPainterPath>

#include "ui/views/parts/view_parts.h"

namespace vitrine {

namespace {

/// Darkens what the model does not see and frames what it does.
void paintCrop(QPainter& painter, const QRectF& picture, const QRectF& crop)
{
    QPainterPath outside;
    outside.addRect(picture.united(crop));
    QPainterPath inside;
    inside.addRect(crop);
    painter.fillPath(outside - inside, QColor(0, 0, 0, 130));
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(QColor(0, 0, 0, 170), 3));
    painter.drawRect(crop);
    painter.setPen(QPen(Qt::white, 1));
    painter.drawRect(crop);
}

/// Qt's SVG engine draws the whole image, whatever part is asked for, and that of PDF only whole pixels: they get the part as
/// an image of its own.
void paintPart(QPainter& painter, const QRectF& target, const QImage& image, const QRectF& part)
{
    if (painter.paintEngine()->type() == QPaintEngine::Raster) {
        painter.drawImage(target, image, part);
        return;
    }
    QImage alone(part.size().toSize().expandedTo({1, 1}), QImage::Format_RGB32);
    QPainter copier(&alone);
    copier.setRenderHint(QPainter::SmoothPixmapTransform);
    copier.drawImage(QRectF(alone.rect()), image, part);
    copier.end();
    painter.drawImage(target, alone);
}

QRectF toRect(const CropRect& crop)
{
    return {crop.x, crop.y, crop.width, crop.height};
}

}  // namespace

QRectF CanvasScene::shown() const
{
    const QRectF whole(QPointF(0, 0), QSizeF(original.size()));
    if (!crop)
        return whole;
    return area == CanvasArea::Whole ? whole.united(toRect(*crop)) : toRect(*crop);
}

void paintCanvasPicture(QPainter& painter, const ZoomPan& layout, const CanvasScene& scene, const QPalette& palette)
{
    if (scene.original.isNull())
        return;
    painter.save();
    const QRectF whole(QPointF(0, 0), QSizeF(scene.original.size()));
    // Above eight screen pixels a picture pixel people look at pixels, not at the picture.
    painter.setRenderHint(QPainter::SmoothPixmapTransform, layout.zoom() < 8);
    if (scene.area == CanvasArea::Pixels && scene.crop && !scene.view.isNull()) {
        painter.setRenderHint(QPainter::SmoothPixmapTransform, false);
        paintCells(painter, layout.toViewport(toRect(*scene.crop)), scene.view);
    } else if (scene.area == CanvasArea::Crop && scene.crop) {
        const QRectF crop = toRect(*scene.crop);
        // Letterboxed: the model gets bars where the crop reaches outside.
        painter.fillRect(layout.toViewport(crop), palette.color(QPalette::Shadow));
        paintPart(painter, layout.toViewport(crop.intersected(whole)), scene.original, crop.intersected(whole));
    } else {
        painter.drawImage(layout.toViewport(whole), scene.original);
        if (scene.crop)
            paintCrop(painter, layout.toViewport(whole), layout.toViewport(toRect(*scene.crop)));
    }
    painter.restore();
}

void paintCanvasOverlay(QPainter& painter, const ZoomPan& layout, const CanvasScene& scene, const std::optional<Heatmap>& map,
                        const DisplaySettings& display, const CanvasMarks& marks)
{
    if (scene.grid.isEmpty() || (!map && marks.erased.empty()))
        return;
    const QRectF grid = layout.toViewport(scene.grid);
    // The grid is that of the patches, also where a map has several cells in each.
    DisplaySettings cells = display;
    cells.grid = map && display.grid && map->rows == scene.rows;
    if (map)
        paintHeatmap(painter, grid, *map, cells);
    if (display.grid && !cells.grid)
        paintGrid(painter, grid, scene.rows, scene.columns);
    const auto cell = [&](int patch) {
        return cellRect(grid, scene.rows, scene.columns, patch / scene.columns, patch % scene.columns);
    };
    for (const int patch : marks.erased) {
        painter.fillRect(cell(patch), QColor(90, 90, 90));
        paintHatch(painter, cell(patch), QColor(150, 150, 150));
    }
    if (marks.hovered && marks.hovered != marks.query)
        paintOutline(painter, cell(*marks.hovered), Qt::white);
    if (marks.query && marks.pinned)
        paintPinFrame(painter, cell(*marks.query));
    else if (marks.query)
        paintOutline(painter, cell(*marks.query), Qt::white);
}

}  // namespace vitrine
