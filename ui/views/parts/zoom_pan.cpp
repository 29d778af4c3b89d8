// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/parts/zoom_pan.h"

#include <QGuiApplication>
#include <QNativeGestureEvent>
#include <QPointingDevice>
#include <QStyleHints>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>
#include <utility>

namespace vitrine {

namespace {

constexpr double zoomOfAStep = 1.2;

}  // namespace

ZoomPan::ZoomPan(double largestZoom, Bounds bounds)
    : m_largestZoom(largestZoom)
    , m_bounds(bounds)
{
}

void ZoomPan::setScene(const QRectF& scene)
{
    if (scene == m_scene)
        return;
    m_scene = scene;
    fit();
}

void ZoomPan::setViewport(const QRectF& viewport)
{
    m_viewport = viewport;
    if (m_fitted) {
        fit();
        return;
    }
    m_zoom = allowed(m_zoom);
    keepInside();
}

double ZoomPan::fittingZoom() const
{
    if (m_scene.isEmpty() || m_viewport.isEmpty())
        return 1;
    return std::min(m_viewport.width() / m_scene.width(), m_viewport.height() / m_scene.height());
}

double ZoomPan::allowed(double zoom) const
{
    const double fitting = fittingZoom();
    // No low limit that traps a person: a tenth of the fitted size is small enough to see that it went too far.
    return std::clamp(zoom, m_bounds == Bounds::Covering ? fitting : fitting / 10, std::max(m_largestZoom, fitting));
}

void ZoomPan::fit()
{
    m_zoom = fittingZoom();
    m_centre = m_scene.center();
    m_fitted = true;
}

void ZoomPan::setZoom(double zoom)
{
    zoomAt(toViewport(m_scene.center()), zoom / m_zoom);
}

void ZoomPan::zoomAt(const QPointF& viewportPoint, double factor)
{
    const QPointF held = toScene(viewportPoint);
    m_zoom = allowed(m_zoom * factor);
    m_centre += held - toScene(viewportPoint);
    m_fitted = false;
    keepInside();
}

void ZoomPan::pan(const QPointF& viewportDelta)
{
    m_centre -= viewportDelta / m_zoom;
    m_fitted = false;
    keepInside();
}

void ZoomPan::closeUp(const QRectF& sceneRect)
{
    if (sceneRect.isEmpty() || m_viewport.isEmpty())
        return;
    constexpr double share = 0.4;  // of the viewport: the neighbours stay in sight
    m_zoom = std::min(m_viewport.width() / sceneRect.width(), m_viewport.height() / sceneRect.height()) * share;
    m_centre = sceneRect.center();
    m_fitted = false;
}

void ZoomPan::keepInside()
{
    if (m_bounds == Bounds::Covering && m_zoom <= fittingZoom()) {
        fit();
        return;
    }
    QRectF centres = m_scene;
    if (m_bounds == Bounds::Covering) {
        const double x = std::min(m_viewport.width() / m_zoom, m_scene.width()) / 2;
        const double y = std::min(m_viewport.height() / m_zoom, m_scene.height()) / 2;
        centres.adjust(x, y, -x, -y);
    }
    m_centre.setX(std::clamp(m_centre.x(), centres.left(), std::max(centres.left(), centres.right())));
    m_centre.setY(std::clamp(m_centre.y(), centres.top(), std::max(centres.top(), centres.bottom())));
}

QPointF ZoomPan::toScene(const QPointF& viewportPoint) const
{
    return m_centre + (viewportPoint - m_viewport.center()) / m_zoom;
}

QPointF ZoomPan::toViewport(const QPointF& scenePoint) const
{
    return (scenePoint - m_centre) * m_zoom + m_viewport.center();
}

QRectF ZoomPan::toViewport(const QRectF& sceneRect) const
{
    return {toViewport(sceneRect.topLeft()), sceneRect.size() * m_zoom};
}

bool ZoomPan::isSlide(const QWheelEvent& event)
{
    return !(event.modifiers() & Qt::ControlModifier) && event.device()->type() == QInputDevice::DeviceType::TouchPad
           && !event.pixelDelta().isNull();
}

bool ZoomPan::turn(const QWheelEvent& event)
{
    if (isSlide(event)) {
        pan(event.pixelDelta());
        return true;
    }
    if (event.angleDelta().y() == 0)
        return false;
    zoomAt(event.position(), std::pow(zoomOfAStep, event.angleDelta().y() / double(QWheelEvent::DefaultDeltasPerStep)));
    return true;
}

bool ZoomPan::pinch(const QNativeGestureEvent& event)
{
    if (event.gestureType() != Qt::ZoomNativeGesture)
        return false;
    zoomAt(event.position(), 1 + event.value());
    return true;
}

void ZoomPan::grip(const QPointF& viewportPoint, bool atOnce)
{
    m_gripped = viewportPoint;
    m_dragged = atOnce;
}

bool ZoomPan::drag(const QPointF& viewportPoint)
{
    if (!m_gripped)
        return false;
    const QPointF way = viewportPoint - *m_gripped;
    m_dragged = m_dragged || way.manhattanLength() >= QGuiApplication::styleHints()->startDragDistance();
    if (!m_dragged)
        return false;
    m_gripped = viewportPoint;
    pan(way);
    return true;
}

bool ZoomPan::letGo()
{
    const bool gripped = std::exchange(m_gripped, std::nullopt).has_value();
    return !std::exchange(m_dragged, false) && gripped;
}

}  // namespace vitrine
