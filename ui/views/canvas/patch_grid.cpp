// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/canvas/patch_grid.h"

#include <algorithm>

namespace vitrine {

QRectF gridRect(const CropRect& crop, const ModelSpec& spec)
{
    const double covered = spec.imageWidth ? double(spec.gridWidth() * spec.patchWidth) / spec.imageWidth : 1;
    const double coveredDown = spec.imageHeight ? double(spec.gridHeight() * spec.patchHeight) / spec.imageHeight : 1;
    return {crop.x, crop.y, crop.width * covered, crop.height * coveredDown};
}

int movedPatch(int patch, int rows, int columns, const ModelSpec& spec)
{
    const int row = std::clamp(patch / spec.gridWidth() + rows, 0, spec.gridHeight() - 1);
    const int column = std::clamp(patch % spec.gridWidth() + columns, 0, spec.gridWidth() - 1);
    return row * spec.gridWidth() + column;
}

}  // namespace vitrine
