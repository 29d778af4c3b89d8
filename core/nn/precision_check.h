// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/model/model.h"
#include "core/nn/tensors.h"

namespace vitrine::nn {

/// How many times as long as in float32 the first block of a network takes where `placement` puts it: measured, with the
/// embedding before it, in some passes over nothing. Which is faster depends on the processor.
double timeBesideFloat32(const Model& model, const Placement& placement);

/// For people; empty where `times` is no more than a tenth above 1.
std::string slownessOf(const std::string& precision, double times);

}  // namespace vitrine::nn
