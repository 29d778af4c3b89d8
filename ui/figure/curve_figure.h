// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>

#include "core/base/ndarray.h"
#include "ui/figure/figure.h"

namespace vitrine {

struct Curve {
    QString name;
    NdArray values;  ///< [points], 0 .. 1, equally spaced from 0 to 100 % along x
    QColor colour;
};

/// Curves over a share in percent, both axes whole.
Figure curveFigure(std::vector<Curve> curves, const QString& title, const QString& xTitle, const QString& yTitle);

} // namespace vitrine
