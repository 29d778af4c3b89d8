// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/tensor_map.h"

namespace vitrine {

/// The patch embedding of vit-pytorch and MONAI: "patch_embed.{1, 2, 3}" are a norm over the pixels of a patch (row,
/// column, channel), a matrix over them and a norm of the result, or the matrix alone, as "patch_embed.{norm_in, proj,
/// norm_out}" in the order of a convolution (channel, row, column).
void linearPatchEmbedding(TensorMap& map);

}  // namespace vitrine
