// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

namespace vitrine::nn {

/// Names of the GPUs in LibTorch's order; empty without a driver, a GPU, or a LibTorch that has CUDA. The first call
/// loads the driver and libtorch_cuda.so, so that a machine without a driver never pays for them.
const std::vector<std::string>& cudaDevices();

} // namespace vitrine::nn
