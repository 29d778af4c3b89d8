// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include "ui/figure/print_size.h"

namespace vitrine {

/// What a person says about a figure of maps, besides what it shows. Texts are templates: "{model}, layer {layer}".
struct FigureStyle {
    PrintSize size{.millimetres = 84, .dpi = 300};
    double font = 7;  ///< of the text, in points on paper
    QString title = QStringLiteral("{what}"), labels = QStringLiteral("{letter}  {short}"), caption{};
    bool bar = true, grid = false, marks = true;
    bool oneScale = true;  ///< over all maps of one kind
    bool transparent = false;

    bool operator==(const FigureStyle&) const = default;
};

}  // namespace vitrine
