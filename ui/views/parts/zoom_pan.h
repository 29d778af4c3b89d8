// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPointF>
#include <QRectF>

#include <optional>

class QNativeGestureEvent;
class QWheelEvent;

namespace vitrine {

/// Which part of a painted scene lies where in a viewport, and how wheel, touchpad and mouse move it. Scene coordinates are
/// the scene's own (pixels of a picture, cells of a matrix), viewport coordinates logical pixels. Knows no widget.
class ZoomPan {
public:
    enum class Bounds {
        InSight,   ///< a point of the scene stays in the middle; it shrinks to a tenth of what fits
        Covering,  ///< the scene covers the viewport, so it shrinks to what fits
    };

    /// `largestZoom`: logical pixels per unit of the scene, where that is more than what fits.
    explicit ZoomPan(double largestZoom = 512, Bounds bounds = Bounds::InSight);

    /// What fit() shows; another one is fitted.
    void setScene(const QRectF& scene);
    /// Keeps a fitted scene fitted.
    void setViewport(const QRectF& viewport);

    const QRectF& scene() const { return m_scene; }
    const QRectF& viewport() const { return m_viewport; }
    /// Logical pixels per unit of the scene.
    double zoom() const { return m_zoom; }
    bool isFitted() const { return m_fitted; }

    void fit();
    void setZoom(double zoom);
    /// `viewportPoint` stays over the same point of the scene.
    void zoomAt(const QPointF& viewportPoint, double factor);
    void pan(const QPointF& viewportDelta);
    /// Shows `sceneRect` with some surroundings.
    void closeUp(const QRectF& sceneRect);

    QPointF toScene(const QPointF& viewportPoint) const;
    QPointF toViewport(const QPointF& scenePoint) const;
    QRectF toViewport(const QRectF& sceneRect) const;

    /// Two fingers on a touchpad, without Ctrl.
    static bool isSlide(const QWheelEvent& event);
    /// A wheel zooms at the pointer, two fingers on a touchpad pan (with Ctrl they zoom). False where it was neither.
    bool turn(const QWheelEvent& event);
    /// Two fingers that part on a touchpad zoom. False for another gesture.
    bool pinch(const QNativeGestureEvent& event);

    /// The mouse takes hold of the scene; with `atOnce` the least movement pans, else a tremble is still a click.
    void grip(const QPointF& viewportPoint, bool atOnce = false);
    /// The mouse moved: whether the scene did.
    bool drag(const QPointF& viewportPoint);
    /// Whether what ends now was a click: gripped and not dragged.
    bool letGo();
    bool isGripped() const { return m_gripped.has_value(); }
    bool isDragged() const { return m_dragged; }

private:
    double fittingZoom() const;
    double allowed(double zoom) const;
    void keepInside();

    double m_largestZoom;
    Bounds m_bounds;
    QRectF m_scene, m_viewport;
    QPointF m_centre;  ///< scene point in the middle of the viewport
    double m_zoom = 1;
    bool m_fitted = true;
    std::optional<QPointF> m_gripped;  ///< where the mouse was last
    bool m_dragged = false;
};

}  // namespace vitrine
