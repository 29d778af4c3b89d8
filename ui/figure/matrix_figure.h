// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/figure/figure.h"
#include "ui/picture/heatmap_painter.h"

namespace vitrine {

/// A matrix with its row and column numbers and what they count, row 0 at the bottom as in a chart, and a colour bar under
/// the name of its `unit`; what is no number stays white.
Figure matrixFigure(Heatmap map, const QString& unit, const QString& title, const QString& rowTitle,
                    const QString& columnTitle);

}  // namespace vitrine
