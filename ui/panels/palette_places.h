// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <vector>

#include "ui/panels/command_palette.h"
#include "ui/panels/picture_list.h"
#include "ui/session/exploration.h"

namespace vitrine {

/// What the palette finds besides commands: layers, heads and classes of the present model, opened pictures. The actions
/// belong to `owner`; `pick` shows a row of the pictures.
std::vector<ActionGroup> placesToGo(Exploration& exploration, const PictureList& pictures, const std::function<void(int)>& pick,
                                    QObject* owner);

}  // namespace vitrine
