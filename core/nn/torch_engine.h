// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/model/model.h"
#include "core/trace/engine.h"

namespace vitrine {

/// An Engine on LibTorch. Keeps the model's tensors; throws Error when the device is not there or memory runs out.
std::unique_ptr<Engine> makeTorchEngine(Model model, const EngineOptions& options);

struct Device {
    std::string id;    ///< "cpu", "cuda:0": what EngineOptions::device takes
    std::string name;  ///< for people
};

/// The CPU, then each GPU that can be used; loads the CUDA backend when a driver is present.
std::vector<Device> availableDevices();

}  // namespace vitrine
