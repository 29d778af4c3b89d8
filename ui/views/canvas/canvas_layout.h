// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPointF>
#include <QRectF>
#include <QSizeF>

#include <optional>

#include "core/model/model_spec.h"
#include "core/model/preprocess.h"

namespace vitrine {

/// Which part of a picture lies where in a viewport. Scene coordinates are pixels of the original picture, viewport
/// coordinates logical pixels. Knows no widget.
class CanvasLayout {
public:
    /// What fit() shows; keeps a fitted view fitted.
    void setScene(const QRectF& scene);
    void setViewport(const QSizeF& viewport);

    const QRectF& scene() const { return m_scene; }
    const QSizeF& viewport() const { return m_viewport; }
    /// Logical pixels per pixel of the original.
    double zoom() const { return m_zoom; }
    bool isFitted() const { return m_fitted; }

    void fit();
    void setZoom(double zoom);
    /// `viewportPoint` stays over the same pixel.
    void zoomAt(const QPointF& viewportPoint, double factor);
    void pan(const QPointF& viewportDelta);
    /// Shows `sceneRect` with some surroundings.
    void closeUp(const QRectF& sceneRect);

    QPointF toScene(const QPointF& viewportPoint) const;
    QPointF toViewport(const QPointF& scenePoint) const;
    QRectF toViewport(const QRectF& sceneRect) const;

    bool operator==(const CanvasLayout&) const = default;

private:
    double fittingZoom() const;
    void keepInSight();

    QRectF m_scene;
    QSizeF m_viewport;
    QPointF m_centre;  ///< scene point in the middle of the viewport
    double m_zoom = 1;
    bool m_fitted = true;
};

QRectF toRect(const CropRect& crop);

/// Where the patches lie on the original: the crop without what is left of the input behind the last whole patch.
QRectF gridRect(const CropRect& crop, const ModelSpec& spec);

/// The patch `columns` right and `rows` down of `patch`, stopping at the border.
int movedPatch(int patch, int rows, int columns, const ModelSpec& spec);

}  // namespace vitrine
