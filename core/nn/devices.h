// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>

#include "core/nn/cuda_backend.h"
#include "core/nn/tensors.h"
#include "core/trace/engine.h"

namespace vitrine::nn {

/// Hardware threads that share a core are counted once: a second one on a core slows matrix products down.
int physicalCores();

/// Where to compute, and why not on a GPU that is there: empty where there is nothing to say.
struct ChosenDevice {
    at::Device device = at::kCPU;
    std::string problem;
};

/// `wanted` as EngineOptions::device. Throws Error when it is not there.
ChosenDevice chooseDevice(const std::string& wanted, const Gpus& gpus);

/// make(device) where `wanted` says; with "auto" on the CPU where that fails on a GPU. Throws what `make` throws.
ChosenDevice makeOnDevice(const std::string& wanted, const Gpus& gpus, const std::function<void(const at::Device&)>& make);

/// Throws Error when the processor does not compute in that type.
Placement choosePlacement(Precision precision, const at::Device& device);

}  // namespace vitrine::nn
