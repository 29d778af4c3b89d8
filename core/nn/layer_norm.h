// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include "core/kernels/kernels.h"
#include "core/nn/tensors.h"

namespace vitrine::nn {

/// Layer normalisation over the last axis; without a bias by the root of the mean square alone (RMSNorm).
class LayerNorm {
public:
    LayerNorm() = default;
    /// "weight" and, but for an RMSNorm, "bias" below `weights`.
    LayerNorm(const Weights& weights, double epsilon, const Placement& placement);

    at::Tensor operator()(const at::Tensor& x) const;
    /// For a kernel that normalises on the way; float32 on the CPU only. Valid as long as this object.
    kernels::Norm parameters() const;

private:
    at::Tensor m_weight, m_bias;
    double m_epsilon = 0;
};

}  // namespace vitrine::nn
