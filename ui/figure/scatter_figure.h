// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/ndarray.h"
#include "ui/figure/figure.h"

namespace vitrine {

/// Points [columns, points] above the numbers of their columns, from 0 up; what is no number is left out.
Figure scatterFigure(const NdArray& points, const QString& title, const QString& xTitle, const QString& yTitle);

}  // namespace vitrine
