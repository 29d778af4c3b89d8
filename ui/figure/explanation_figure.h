// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "core/explain/method.h"
#include "ui/figure/figure.h"
#include "ui/picture/heatmap_painter.h"

namespace vitrine {

/// What a method says of a picture.
struct Explanation {
    const Method* method = nullptr;  ///< null: the map of a token, which `note` names
    NdArray map;                     ///< raw
    QString note;                    ///< "layer 5"; may be empty

    /// "token" where there is no method.
    std::string id() const { return method ? std::string(method->id) : "token"; }
    bool isSigned() const { return method && method->isSigned; }
    bool isOfClass() const { return method && method->isOfClass; }
};

/// Maps over the picture of `trace`, each with its method's name and from 0 to its own largest value (which stands above
/// it), signed ones as far below 0 as above. `subject`: the class that they are about, empty where there is none.
/// The numbers are the maps under their methods' names; several of one method are a stack.
Figure explanationFigure(const std::vector<Explanation>& explanations, const Trace& trace, const QString& subject,
                         const DisplaySettings& display = {});

}  // namespace vitrine
