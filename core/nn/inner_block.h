// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include <ATen/core/Tensor.h>

#include "core/model/model_spec.h"
#include "core/nn/attention.h"
#include "core/nn/layer_norm.h"
#include "core/nn/mlp.h"
#include "core/nn/network.h"
#include "core/nn/tensors.h"

namespace vitrine::nn {

/// One inner transformer block of a TNT: x + attention(norm(x)), then + mlp(norm(x)), patch by patch. On the CPU in
/// float32 with 4 x 4 inner tokens it is one kernel, instead of thousands of tiny matrix products.
class InnerBlock {
public:
    InnerBlock() = default;
    /// `weights`: one block of a TNT ("norm_in", "attn_in", "norm_mlp_in", "mlp_in").
    InnerBlock(const Weights& weights, const ModelSpec& spec, const Placement& placement);

    /// Whether blocks of this network want InnerState::channels.
    static bool usesKernel(const ModelSpec& spec, const Placement& placement);

    /// `keep`: where the attention [B * N, heads, t, t] goes, or nullptr.
    void run(InnerState& state, at::Tensor* keep, const BlockEdit& edit) const;

private:
    struct Packed;
    void runKernel(InnerState& state, at::Tensor* keep) const;

    std::shared_ptr<const Packed> m_packed;  ///< null: computed with the modules below
    Attention m_attention;
    FeedForward m_mlp;
};

}  // namespace vitrine::nn
