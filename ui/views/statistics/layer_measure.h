// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QPointF>
#include <QString>

#include "ui/session/exploration.h"

namespace vitrine {

/// What is shown of whole layers: a number of each, or, Similarity, one of each two.
enum class LayerMeasure { PatchNorm, ClsNorm, OwnShare, Lens, Similarity };

/// (layer, number) of each layer that has one; there is a pass. Similarity has none.
QList<QPointF> pointsOf(LayerMeasure measure, const Exploration& exploration);
/// What the numbers count.
QString unitOf(LayerMeasure measure);
/// What they are, with the formula.
QString aboutOf(LayerMeasure measure, const Exploration& exploration);
/// Why there are none.
QString whyNone(LayerMeasure measure, const Exploration& exploration);

/// The logit lens of the present pass; nothing where the network does not classify, or something was changed in it.
std::optional<MapRequest> lensRequest(const Exploration& exploration);

}  // namespace vitrine
