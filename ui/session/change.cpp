// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/change.h"

namespace vitrine {

Edits Change::edits() const
{
    Edits edits;
    edits.maskedPatches = erased;
    edits.headsOff = headsOff;
    return edits;
}

} // namespace vitrine
