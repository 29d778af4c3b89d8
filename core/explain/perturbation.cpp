// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/explain/perturbation.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>

namespace vitrine {

namespace {

PreparedImage changed(const PreparedImage& picture, std::vector<float> values)
{
    PreparedImage result = picture;
    result.input = NdArray(picture.input.shape(), std::move(values));
    return result;
}

/// Sum over `count` pictures of the score's derivative by their pixels; `valuesOf(i)` makes the i-th.
template <typename Values>
std::vector<double> sumOfGradients(Engine& engine, const PreparedImage& picture, const Objective& objective, int count,
                                   Backward backward, const std::stop_token& stop, const Told& tell, Values valuesOf)
{
    RecordOptions record;
    record.attentionBudget = 0;  // gradients are taken from the token states
    GradientOptions options;
    options.backward = backward;
    options.attention = false;
    options.pixels = true;
    std::vector<double> sum(static_cast<std::size_t>(picture.input.size()));
    for (int i = 0; i < count; ++i) {
        throwIfStopped(stop);
        const PreparedImage one = changed(picture, valuesOf(i));
        const auto trace = engine.run(std::span(&one, 1), record, stop).front();
        const Gradients found = engine.gradients(*trace, objective, options, stop);
        for (std::size_t at = 0; at < sum.size(); ++at)
            sum[at] += found.pixels.data()[at];
        tell((i + 1.0) / count);
    }
    return sum;
}

/// A standard normal number (Box and Muller), the same on every machine, unlike std's.
float normal(std::mt19937& random)
{
    const auto uniform = [&] { return (static_cast<double>(random()) + 0.5) / 4294967296.0; };
    const double radius = std::sqrt(-2 * std::log(uniform()));
    return static_cast<float>(radius * std::cos(2 * std::numbers::pi * uniform()));
}

}  // namespace

double scoreOf(const NdArray& logits, const Objective& objective)
{
    const double score = logits.at({objective.index});
    return objective.against ? score - logits.at({*objective.against}) : score;
}

std::vector<float> integratedGradients(Engine& engine, const PreparedImage& picture, const Objective& objective, int steps,
                                       Backward backward, const std::stop_token& stop, const Told& tell)
{
    const std::span<const float> input = picture.input.values();
    const auto part = [&](int step) {
        std::vector<float> values(input.begin(), input.end());
        for (float& value : values)
            value *= static_cast<float>((step + 0.5) / steps);
        return values;
    };
    const std::vector<double> sum = sumOfGradients(engine, picture, objective, steps, backward, stop, tell, part);
    std::vector<float> result(sum.size());
    for (std::size_t i = 0; i < sum.size(); ++i)
        result[i] = static_cast<float>(input[i] * sum[i] / steps);
    return result;
}

NdArray integratedLastAttention(Engine& engine, const Trace& trace, const Objective& objective, int steps,
                                const std::stop_token& stop, const Told& tell)
{
    GradientOptions options;
    options.firstLayer = trace.layers() - 1;
    std::vector<float> mean;
    Shape shape;
    for (int step = 1; step <= steps; ++step) {
        throwIfStopped(stop);
        options.lastAttentionScale = static_cast<double>(step) / steps;
        const NdArray gradient = engine.gradients(trace, objective, options, stop).attention.back();
        shape = gradient.shape();
        mean.resize(static_cast<std::size_t>(gradient.size()));
        for (std::size_t i = 0; i < mean.size(); ++i)
            mean[i] += gradient.data()[i] / static_cast<float>(steps);
        tell(static_cast<double>(step) / steps);
    }
    return {shape, std::move(mean)};
}

std::vector<float> smoothGradient(Engine& engine, const PreparedImage& picture, const Objective& objective, int samples,
                                  double noise, Backward backward, const std::stop_token& stop, const Told& tell)
{
    const std::span<const float> input = picture.input.values();
    const auto [low, high] = std::ranges::minmax(input);
    const auto deviation = static_cast<float>(noise * (high - low));
    std::mt19937 random(1);
    const auto noisy = [&](int) {
        std::vector<float> values(input.begin(), input.end());
        for (float& value : values)
            value += deviation * normal(random);
        return values;
    };
    const std::vector<double> sum = sumOfGradients(engine, picture, objective, samples, backward, stop, tell, noisy);
    std::vector<float> result(sum.size());
    std::ranges::transform(sum, result.begin(), [=](double value) { return static_cast<float>(value / samples); });
    return result;
}

NdArray occlusion(Engine& engine, const PreparedImage& picture, const Objective& objective, const std::stop_token& stop,
                  const Told& tell)
{
    RecordOptions record;
    record.logitsOnly = true;
    const double whole = scoreOf(engine.run(std::span(&picture, 1), record, stop).front()->logits, objective);
    const NdArray logits = withoutEachPatch(engine, picture, Baseline::Zero, stop, tell);
    const std::int64_t rows = logits.dim(0), columns = logits.dim(1);
    std::vector<float> falls;
    for (std::int64_t patch = 0; patch < rows * columns; ++patch)
        falls.push_back(static_cast<float>(whole - scoreOf(logits[patch / columns][patch % columns], objective)));
    return {{rows, columns}, std::move(falls)};
}

}  // namespace vitrine
