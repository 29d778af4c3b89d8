// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/canvas/canvas_layout.h"

#include <algorithm>

namespace vitrine {

namespace {

constexpr double largestZoom = 512;

}  // namespace

void CanvasLayout::setScene(const QRectF& scene)
{
    if (scene == m_scene)
        return;
    m_scene = scene;
    fit();
}

void CanvasLayout::setViewport(const QSizeF& viewport)
{
    m_viewport = viewport;
    if (m_fitted)
        fit();
    else
        keepInSight();
}

double CanvasLayout::fittingZoom() const
{
    if (m_scene.isEmpty() || m_viewport.isEmpty())
        return 1;
    return std::min(m_viewport.width() / m_scene.width(), m_viewport.height() / m_scene.height());
}

void CanvasLayout::fit()
{
    m_zoom = fittingZoom();
    m_centre = m_scene.center();
    m_fitted = true;
}

void CanvasLayout::setZoom(double zoom)
{
    zoomAt(toViewport(m_scene.center()), zoom / m_zoom);
}

void CanvasLayout::zoomAt(const QPointF& viewportPoint, double factor)
{
    const QPointF held = toScene(viewportPoint);
    // No low limit that traps a person: a tenth of the fitted size is small enough to see that it went too far.
    m_zoom = std::clamp(m_zoom * factor, fittingZoom() / 10, std::max(largestZoom, fittingZoom()));
    m_centre += held - toScene(viewportPoint);
    m_fitted = false;
    keepInSight();
}

void CanvasLayout::pan(const QPointF& viewportDelta)
{
    m_centre -= viewportDelta / m_zoom;
    m_fitted = false;
    keepInSight();
}

void CanvasLayout::closeUp(const QRectF& sceneRect)
{
    if (sceneRect.isEmpty() || m_viewport.isEmpty())
        return;
    constexpr double share = 0.4;  // of the viewport: the neighbours stay in sight
    m_zoom = std::min(m_viewport.width() / sceneRect.width(), m_viewport.height() / sceneRect.height()) * share;
    m_centre = sceneRect.center();
    m_fitted = false;
}

void CanvasLayout::keepInSight()
{
    m_centre.setX(std::clamp(m_centre.x(), m_scene.left(), m_scene.right()));
    m_centre.setY(std::clamp(m_centre.y(), m_scene.top(), m_scene.bottom()));
}

QPointF CanvasLayout::toScene(const QPointF& viewportPoint) const
{
    return m_centre + (viewportPoint - QPointF(m_viewport.width(), m_viewport.height()) / 2) / m_zoom;
}

QPointF CanvasLayout::toViewport(const QPointF& scenePoint) const
{
    return (scenePoint - m_centre) * m_zoom + QPointF(m_viewport.width(), m_viewport.height()) / 2;
}

QRectF CanvasLayout::toViewport(const QRectF& sceneRect) const
{
    return {toViewport(sceneRect.topLeft()), sceneRect.size() * m_zoom};
}

QRectF toRect(const CropRect& crop)
{
    return {crop.x, crop.y, crop.width, crop.height};
}

QRectF gridRect(const CropRect& crop, const ModelSpec& spec)
{
    const double covered = spec.imageWidth ? double(spec.gridWidth() * spec.patchWidth) / spec.imageWidth : 1;
    const double coveredDown = spec.imageHeight ? double(spec.gridHeight() * spec.patchHeight) / spec.imageHeight : 1;
    return {crop.x, crop.y, crop.width * covered, crop.height * coveredDown};
}

int movedPatch(int patch, int rows, int columns, const ModelSpec& spec)
{
    const int row = std::clamp(patch / spec.gridWidth() + rows, 0, spec.gridHeight() - 1);
    const int column = std::clamp(patch % spec.gridWidth() + columns, 0, spec.gridWidth() - 1);
    return row * spec.gridWidth() + column;
}

}  // namespace vitrine
