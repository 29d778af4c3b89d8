// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>
#include <stop_token>

#include <ATen/core/Tensor.h>

#include "core/base/progress.h"
#include "core/nn/network.h"
#include "core/nn/recorder.h"

namespace vitrine::nn {

/// The passes of one network on one GPU. What a stage has recorded travels to pinned host memory on a stream of its own
/// while the next stages compute. From the second pass over one picture on, each stage is a captured graph (CUDA graph),
/// one launch instead of a hundred; where LibTorch or the driver cannot capture, stages go on being launched one by one.
class GpuPass {
public:
    /// `network` outlives this object.
    GpuPass(const Network& network, const at::Device& device, int layers);
    ~GpuPass();

    /// `input` [B, 3, H, W] float32 on the host. All tensors of the result are float32 on the host, and complete.
    /// Throws Cancelled.
    Recording run(const at::Tensor& input, const RecordOptions& options, const std::stop_token& stop,
                  const Progress& progress);

private:
    struct Capture;
    Recording runEagerly(const at::Tensor& input, const RecordOptions& options, const std::stop_token& stop,
                         const Progress& progress);
    Recording replay(const at::Tensor& input, const std::stop_token& stop, const Progress& progress);
    std::unique_ptr<Capture> capture(const at::Tensor& input, const RecordOptions& options) const;

    const Network& m_network;
    at::Device m_device;
    int m_stages;
    std::unique_ptr<Capture> m_capture;
    std::optional<RecordOptions> m_lastAlone;  ///< of the last pass, if that was over one picture
    bool m_canCapture = true;
};

} // namespace vitrine::nn
