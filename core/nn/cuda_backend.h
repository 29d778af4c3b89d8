// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

namespace vitrine::nn {

struct Gpus {
    std::vector<std::string> names;  ///< in LibTorch's order: those that can be used
    std::string problem;             ///< why one that is there cannot: "NVIDIA ...: its driver is too old for this LibTorch"
};

/// None without a driver, a GPU, or a LibTorch that has CUDA. The first call loads the driver and libtorch_cuda.so, so that
/// a machine without a driver never pays for them.
const Gpus& gpus();

}  // namespace vitrine::nn
