// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include "core/explain/faithfulness.h"
#include "core/explain/method.h"

namespace vitrine {

/// Everything that a method's map depends on besides the pass: the same request, the same map.
struct MapRequest {
    const Method* method = nullptr;
    Objective objective;  ///< left as it is where the method is of no class
    int layer = 0;        ///< 0 where the method has no parameter "layer"

    bool operator==(const MapRequest& other) const;
    Query query() const;
};

/// A map, or why there is none.
struct MapAnswer {
    NdArray values;
    QString problem;
};

/// Whether the class depends on what a map shows.
struct Judgement {
    MapRequest request;
    int of = 0;  ///< the class whose probability was followed
    Faithfulness measured;
};

/// A method's sentence, formula and source, for a tooltip.
QString aboutOf(const Method& method);

/// Whether a method needs more than what a pass has recorded.
bool needsEngine(const Method& method);

}  // namespace vitrine
