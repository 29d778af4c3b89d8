// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

#include "core/kernels/kernels.h"

namespace vitrine::nn {

/// In which form a pass keeps a layer's attention, see LayerAttention.
enum class Keep { Nothing, Matrices, Factors };

struct KeptAttention {
    at::Tensor matrices;  ///< [B, heads, T, T] float32; or
    at::Tensor qkv;       ///< [B, T, 3, heads, d], and where kernels computed it
    at::Tensor rows;      ///< [B, heads, 2, T] float32
    kernels::Product product = kernels::Product::Float32;
};

/// What the choice of a form depends on.
struct AttentionSize {
    std::int64_t heads = 0, tokens = 0, width = 0;
    bool byKernels = false;  ///< which compute from the factors again what they computed in the pass
};

}  // namespace vitrine::nn
