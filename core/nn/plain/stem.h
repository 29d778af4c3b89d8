// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/nn/plain/layers.h"

namespace vitrine::nn::plain {

/// From the normalised picture to the embeddings of its patches.
struct Stem {
    Norm norm1;  ///< ViT: of a patch's pixels; TNT: of its inner tokens
    Affine patches;
    Norm norm2;                         ///< of the embeddings
    Norm afterPositions;                ///< ViT: of all tokens, once their positions are added
    at::Tensor pixelWeight, pixelBias;  ///< TNT: of the convolution
    at::Tensor innerPosition;           ///< TNT, [t, c]
};

/// TNT: `input` [1, 3, H, W] -> [N, t, c]
at::Tensor innerTokens(const Stem& stem, const at::Tensor& input, const ModelSpec& spec);
/// `inner`: TNT, what innerTokens() gave. -> [1, N, D]
at::Tensor patchEmbeddings(const Stem& stem, const at::Tensor& input, const at::Tensor& inner, const ModelSpec& spec);

/// `gradient` [1, T, D], of the tokens before block 0, as that of the `embedded` ones [1, T, D] without positions.
at::Tensor beforePositions(const Stem& stem, const at::Tensor& gradient, const at::Tensor& embedded,
                           const at::Tensor& positions, Backward backward);
/// TNT: `gradient` [1, N, D], of the patch embeddings, as that of the inner tokens [N, t, c].
at::Tensor beforePatches(const Stem& stem, const at::Tensor& gradient, const at::Tensor& inner, Backward backward);
/// `gradient`: of the patch embeddings [1, N, D]; TNT: of the inner tokens [N, t, c]. -> [1, 3, H, W]
at::Tensor beforePixels(const Stem& stem, const at::Tensor& gradient, const at::Tensor& input, const ModelSpec& spec,
                        Backward backward);

}  // namespace vitrine::nn::plain
