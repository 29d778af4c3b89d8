// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/ndarray.h"
#include "ui/figure/figure.h"

namespace vitrine {

/// A matrix [rows, columns] with its row and column numbers and what they count, row 0 at the bottom as in a chart, and a
/// colour bar from 0 to 1 under the name of its `unit`; what is no number stays white.
Figure matrixFigure(const NdArray& matrix, const QString& unit, const QString& title, const QString& rowTitle,
                    const QString& columnTitle);

} // namespace vitrine
