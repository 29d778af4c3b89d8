// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include "core/model/model_spec.h"
#include "ui/session/exploration.h"

namespace vitrine {

/// Where a typed line leads from `place`: "layer 5 head 2 patch 6,9", "l5 h2 p6,9", "layer last mean cls", "register 0",
/// "token 12", "looked at by", "class 281" or a class's name behind "class". What is not named stays.
/// Throws Error that says which word is not understood or what this model does not have.
Place parsePlace(const QString& line, const Place& place, const ModelSpec& spec);

/// "layer 5, head 2, patch 6, 9, looks at"
QString describe(const Place& place, const ModelSpec& spec);

}  // namespace vitrine
