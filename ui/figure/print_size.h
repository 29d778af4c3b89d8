// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/figure/figure.h"

namespace vitrine {

/// How large a figure is on paper, and how many pixels a .png has.
struct PrintSize {
    double millimetres = 0;  ///< across; 0: as the figure is, at 96 logical pixels an inch
    double dpi = 192;

    bool operator==(const PrintSize&) const = default;
};

/// As saveFigure() with a scale. Throws Error.
void saveFigure(const Figure& figure, const QString& path, const PrintSize& size);

}  // namespace vitrine
