// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <stop_token>

#include <ATen/core/Tensor.h>

#include "core/base/progress.h"
#include "core/nn/network.h"
#include "core/nn/recorder.h"

namespace vitrine::nn {

/// The passes of one network on one GPU. What a stage has recorded travels to pinned host memory on a stream of its own
/// while the next stages compute.
class GpuPass {
public:
    /// `network` outlives this object.
    GpuPass(const Network& network, const at::Device& device);

    /// `input` [B, 3, H, W] float32 on the host. All tensors of the result are float32 on the host, and complete.
    /// Throws Cancelled.
    Recording run(const at::Tensor& input, const RecordOptions& options, const std::stop_token& stop, const Progress& progress);

private:
    const Network& m_network;
    at::Device m_device;
};

}  // namespace vitrine::nn
