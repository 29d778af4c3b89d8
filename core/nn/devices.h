// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/nn/tensors.h"
#include "core/trace/engine.h"

namespace vitrine::nn {

/// Hardware threads that share a core are counted once: a second one on a core slows matrix products down.
int physicalCores();

/// `wanted` as EngineOptions::device. Throws Error when it is not there.
at::Device chooseDevice(const std::string& wanted);

/// Throws Error when the processor does not compute in that type.
Placement choosePlacement(Precision precision, const at::Device& device);

} // namespace vitrine::nn
