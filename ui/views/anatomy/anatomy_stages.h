// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <vector>

#include "core/model/stages.h"

namespace vitrine {

/// Whether a Trace holds a stage's numbers.
enum class Recorded {
    Yes,
    Derived,  ///< computed from what is recorded
    No,       ///< shape and formula only
};

/// One box of the diagram.
struct AnatomyBox {
    StageKind stage = StageKind::Picture;
    StageSection section = StageSection::Input;
    QString title;     ///< "q, k, v"
    Shape shape;       ///< {3, 12, 197, 64}
    QString sentence;  ///< what happens here, in one sentence
    QString formula;
    Recorded recorded = Recorded::Yes;
};

/// The article's walk for one network: every stage with its real shape; one block stands for all.
std::vector<AnatomyBox> anatomyStages(const ModelSpec& spec);

/// "block 5 of 12", the layer counted from 0; of a TNT "inner block 5 of 12: pixels inside each of 196 patches" ...
QString sectionTitle(StageSection section, const ModelSpec& spec, int layer);

/// "12 × 197 × 64"
QString shapeText(const Shape& shape);

}  // namespace vitrine
