// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/families/families.h"

namespace vitrine::family {

const FamilyModule vitGoogle{
    .source = "Google",
    .kind = "Google ViT",
    .anchor = "embedding/kernel",
    .map = mapGoogleTensors,
};

}  // namespace vitrine::family
