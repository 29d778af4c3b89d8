// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <span>

#include "core/nn/recorder.h"

namespace vitrine::nn {

/// What was recorded of a batch, to the traces of its pictures. Their arrays are views of the batch's tensors: nothing is
/// copied that is float32 on the host.
void share(const Recording& recording, std::span<const std::shared_ptr<Trace>> traces);

}  // namespace vitrine::nn
