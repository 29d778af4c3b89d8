// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "core/explain/method.h"
#include "ui/figure/figure.h"

namespace vitrine {

/// What a method says of a picture.
struct Explanation {
    const Method* method = nullptr;
    NdArray map;   ///< raw
    QString note;  ///< "layer 5"; may be empty
};

/// Maps over the picture of `trace`, each with its method's name and from 0 to its own largest value (which stands above
/// it), signed ones as far below 0 as above. `subject`: the class that they are about, empty where there is none.
/// The numbers are the maps under their methods' names; several of one method are a stack.
Figure explanationFigure(const std::vector<Explanation>& explanations, const Trace& trace, const QString& subject);

} // namespace vitrine
