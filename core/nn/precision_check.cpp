// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/nn/precision_check.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

#include <ATen/ATen.h>

#include "core/nn/network.h"

namespace vitrine::nn {

namespace {

constexpr int rounds = 5;

Model firstBlock(const Model& model)
{
    Model part{model.spec, {}, nullptr};
    part.spec.layers = 1;
    for (const auto& [name, tensor] : model.tensors)
        if (!name.starts_with("blocks.") || name.starts_with("blocks.0."))
            part.tensors.emplace(name, tensor);
    return part;
}

double milliseconds(const Network& network, const at::Tensor& input)
{
    const auto start = std::chrono::steady_clock::now();
    Recorder recorder({.logitsOnly = true}, {}, {}, 1);
    State state = network.embed(input, recorder);
    network.runBlock(0, state, {}, recorder);
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

double timeBesideFloat32(const Model& model, const Placement& placement)
{
    const at::Tensor input = at::zeros({1, 3, model.spec.imageHeight, model.spec.imageWidth});
    Model first = firstBlock(model), second = first;
    const auto asked = makeNetwork(first, placement), float32 = makeNetwork(second, {placement.device, at::kFloat});
    std::array<double, rounds> times;
    for (double& ratio : times) {
        milliseconds(*asked, input);
        milliseconds(*float32, input);
        ratio = milliseconds(*asked, input) / milliseconds(*float32, input);
    }
    std::ranges::sort(times);
    return times[rounds / 2];
}

std::string slownessOf(const std::string& precision, double times)
{
    if (times <= 1.1)
        return {};
    std::array<char, 96> text{};
    std::snprintf(text.data(), text.size(), "%s takes %.1f times as long as float32", precision.c_str(), times);
    return text.data();
}

}  // namespace vitrine::nn
