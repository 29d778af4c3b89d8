// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QRectF>

#include "core/model/model_spec.h"
#include "core/model/preprocess.h"

namespace vitrine {

/// Where the patches lie on the original: the crop without what is left of the input behind the last whole patch.
QRectF gridRect(const CropRect& crop, const ModelSpec& spec);

/// The patch `columns` right and `rows` down of `patch`, stopping at the border.
int movedPatch(int patch, int rows, int columns, const ModelSpec& spec);

}  // namespace vitrine
