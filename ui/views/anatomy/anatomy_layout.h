// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFont>
#include <QPointF>
#include <QRectF>
#include <QString>

#include <optional>
#include <vector>

#include "ui/views/anatomy/anatomy_stages.h"

namespace vitrine {

/// Where the anatomy's boxes and lines lie, in logical pixels. Knows no widget.
struct AnatomyLayout {
    struct Section {
        StageSection section = StageSection::Input;
        QString title;
        QRectF frame;
    };
    /// An arrow between two boxes; the bridge from pixels to patches is one too.
    struct Arrow {
        std::vector<QPointF> points;
        bool bridge = false;
    };

    std::vector<AnatomyBox> boxes;
    std::vector<QRectF> rects;  ///< of the boxes, in their order
    std::vector<Section> sections;
    std::vector<Arrow> arrows;
    QSizeF size;

    std::optional<std::size_t> boxAt(const QPointF& position) const;
    std::optional<std::size_t> find(StageKind stage) const;
    /// The box that an arrow key leads to from `box`: along the walk, or to the nearest box of the line above or below.
    std::size_t neighbour(std::size_t box, Qt::Key key) const;
};

/// Lays the walk out in lines as wide as `width`, a frame for each section. Two lines of text in `font` fit into a box.
AnatomyLayout layoutAnatomy(const ModelSpec& spec, int layer, qreal width, const QFont& font);

}  // namespace vitrine
