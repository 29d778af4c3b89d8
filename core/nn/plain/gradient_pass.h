// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <span>
#include <stop_token>
#include <vector>

#include "core/base/progress.h"
#include "core/nn/network.h"
#include "core/nn/plain/weights.h"
#include "core/trace/trace.h"

namespace vitrine::nn::plain {

/// Engine::gradients() of a trace that holds its token states, one block's memory at a time, in float32 on `device`: the
/// numbers of a pass in another precision are differentiated as they were recorded. `attention` gives a layer's matrices
/// [heads, T, T]; `network`, when given, the layers that passes in float32 run. One answer for each of `options`. Looks at
/// `stop` and tells `progress` after each block. Throws Cancelled.
std::vector<Gradients> gradients(PlainWeights& weights, const Network* network, const at::Device& device, const Trace& trace,
                                 const std::function<NdArray(int)>& attention, const Objective& objective,
                                 std::span<const GradientOptions> options, const std::stop_token& stop,
                                 const Progress& progress);

}  // namespace vitrine::nn::plain
