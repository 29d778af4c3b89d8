// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/model/model_spec.h"
#include "core/model/preprocess.h"

namespace vitrine {

/// How little a network sees of a picture, in one sentence; empty where that is what is usual.
std::string unseenPart(const PreparedImage& picture, const Preprocessing& recipe);

}  // namespace vitrine
