// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>

#include <ATen/core/Tensor.h>

#include "core/model/model_spec.h"
#include "core/nn/tensors.h"

namespace vitrine::nn {

/// How queries and keys of patches are turned (ModelSpec::rotary): channel i becomes x[i] cosine[i] + x[partner of i] sine[i].
struct Turning {
    at::Tensor cosine, sine;  ///< [N, d], or [heads, N, d] where every head has its own; undefined: nothing is turned
    bool halves = false;      ///< i's partner is d/2 away, else its neighbour
    std::int64_t prefix = 0;  ///< tokens in front that are not turned

    bool empty() const { return !cosine.defined(); }
};

/// `frequencies` [2, heads, d/2]: Rotary::Kind::Learned. Float32, angles too, whatever the network's type.
Turning makeTurning(const ModelSpec& spec, const std::optional<at::Tensor>& frequencies, const at::Device& device);

/// `x` [B, heads, T, d]. `back`: the other way round, which is what derivatives take.
at::Tensor turned(const at::Tensor& x, const Turning& turning, bool back = false);

/// Queries and keys of `qkv` [B, T, 3, heads, d], which may be written to; float32 on the CPU in place.
at::Tensor turnedQueriesAndKeys(const at::Tensor& qkv, const Turning& turning);

}  // namespace vitrine::nn
