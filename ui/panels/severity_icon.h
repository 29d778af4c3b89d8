// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QIcon>

#include "core/model/model_spec.h"

namespace vitrine {

/// A sign that needs no font: a ring with an i, a triangle with an exclamation mark, the same filled red. Sharp at every
/// scale, in the colours of the palette of the moment.
QIcon severityIcon(Severity severity);

}  // namespace vitrine
