// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QRect>
#include <QStringList>

#include <optional>
#include <vector>

#include "core/model/model_spec.h"
#include "ui/figure/figure.h"
#include "ui/picture/heatmap_painter.h"

namespace vitrine {

struct MapPanel {
    Heatmap map;
    QImage cells;                 ///< colours of their own, one pixel a cell, instead of the map
    std::optional<int> outlined;  ///< cell, row-major: the query
    QString label;                ///< above it; empty: none
};

/// Maps side by side in rows, each over the same picture, with one colour bar when they share a scale.
struct MapSheet {
    QString title;
    QImage picture;                ///< under every map; null: maps alone, opaque
    std::vector<MapPanel> panels;  ///< row-major
    int columns = 1;
    QStringList columnLabels, rowLabels;  ///< may be empty
    double panelWidth = 0;                ///< logical pixels; 0: by the number of columns
    double gap = 0;                       ///< between panels; 0: by the panel's size
    bool sharedScale = true;              ///< one range over all panels; else each its own, and the title says so
    QString unit;                         ///< above the colour bar: "attention"
    DisplaySettings display;
};

/// Paints nothing but `sheet`; numbers and metadata are the caller's.
Figure mapSheet(MapSheet sheet);

/// The pixels of a prepared picture that patches cover: a network whose size is no multiple of its patches leaves out a
/// rest at the right and the bottom.
QRect patchedRect(const ModelSpec& spec);

}  // namespace vitrine
