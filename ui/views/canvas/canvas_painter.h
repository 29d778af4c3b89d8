// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QPalette>

#include <optional>
#include <vector>

#include "core/model/preprocess.h"
#include "ui/picture/heatmap_painter.h"
#include "ui/views/parts/zoom_pan.h"

namespace vitrine {

/// What of the picture the canvas shows.
enum class CanvasArea {
    Crop,    ///< the part that the model gets, in the original's pixels
    Whole,   ///< the whole picture, the crop drawn on it
    Pixels,  ///< the model's own pixels
};

/// A picture and where the model looks. Before the model has run there is only the original.
struct CanvasScene {
    QImage original;
    QImage view;                   ///< the model's pixels; null before it has run
    std::optional<CropRect> crop;  ///< where `view` lies on the original
    QRectF grid;                   ///< where the patches lie on the original
    int rows = 0, columns = 0;     ///< of patches
    CanvasArea area = CanvasArea::Crop;

    /// The part that fit() shows, in pixels of the original.
    QRectF shown() const;
};

/// Outlines on the patch grid; row-major patch indices.
struct CanvasMarks {
    std::optional<int> query;  ///< whose map is shown
    bool pinned = false;
    std::vector<int> erased;     ///< by the person
    std::optional<int> hovered;  ///< under the mouse or the keyboard cursor
};

/// The picture alone: slow to scale, the same while nothing moves.
void paintCanvasPicture(QPainter& painter, const ZoomPan& layout, const CanvasScene& scene, const QPalette& palette);

/// Everything over it: map, grid, outlines. `map` may be absent; then the grid alone is drawn, where there is one.
void paintCanvasOverlay(QPainter& painter, const ZoomPan& layout, const CanvasScene& scene, const std::optional<Heatmap>& map,
                        const DisplaySettings& display, const CanvasMarks& marks);

}  // namespace vitrine
