// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QStringList>

#include "core/base/ndarray.h"
#include "ui/figure/figure.h"

namespace vitrine {

struct Curve {
    QString name;
    NdArray values;  ///< [points], 0 .. 1, equally spaced along x
    QColor colour;
};

/// Curves over a share from 0 to 1; along x what `ticks` name, equally spaced from the first point to the last.
Figure curveFigure(std::vector<Curve> curves, const QString& title, const QString& xTitle, const QString& yTitle,
                   const QStringList& ticks = {QStringLiteral("0 %"), QStringLiteral("25 %"), QStringLiteral("50 %"),
                                               QStringLiteral("75 %"), QStringLiteral("100 %")});

}  // namespace vitrine
