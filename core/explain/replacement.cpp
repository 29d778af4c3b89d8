// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/explain/replacement.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numeric>

namespace vitrine {

namespace {

/// Where a pixel lies between two cells when `cells` are enlarged to `pixels`, half a cell at the edges held.
struct Between {
    std::int64_t first = 0, second = 0;
    float part = 0;  ///< of the second
};

std::vector<Between> between(std::int64_t cells, std::int64_t pixels)
{
    std::vector<Between> places;
    for (std::int64_t pixel = 0; pixel < pixels; ++pixel) {
        const double at = (static_cast<double>(pixel) + 0.5) * static_cast<double>(cells) / static_cast<double>(pixels) - 0.5;
        const double held = std::clamp(at, 0.0, static_cast<double>(cells - 1));
        const auto first = static_cast<std::int64_t>(held);
        places.push_back({first, std::min(first + 1, cells - 1), static_cast<float>(held - static_cast<double>(first))});
    }
    return places;
}

/// One side of RISE's blur: a Gaussian of sigma 5 cut at four sigma and folded into eleven taps, as
/// scipy.ndimage.gaussian_filter leaves it of an impulse in the middle of eleven zeros.
std::array<float, 11> blurTaps()
{
    constexpr int taps = 11, middle = 5, reach = 20;
    std::array<double, taps> folded{};
    double sum = 0;
    for (int offset = -reach; offset <= reach; ++offset) {
        const double weight = std::exp(-offset * offset / 50.0);
        sum += weight;
        // Mirrored at the edges, which repeats every two widths.
        const int place = ((middle + offset) % (2 * taps) + 2 * taps) % (2 * taps);
        folded[static_cast<std::size_t>(place < taps ? place : 2 * taps - 1 - place)] += weight;
    }
    std::array<float, taps> result{};
    for (std::size_t i = 0; i < result.size(); ++i)
        result[i] = static_cast<float>(folded[i] / sum);
    return result;
}

/// Along rows (stride 1) or columns (stride `width`) of one channel; nothing lies beyond the edge.
std::vector<float> blurred(const std::vector<float>& channel, std::int64_t height, std::int64_t width, bool alongRows)
{
    static const std::array<float, 11> taps = blurTaps();
    std::vector<float> result(channel.size());
    const std::int64_t length = alongRows ? width : height, stride = alongRows ? 1 : width;
    for (std::int64_t y = 0; y < height; ++y)
        for (std::int64_t x = 0; x < width; ++x) {
            const std::int64_t at = alongRows ? x : y, here = y * width + x;
            float sum = 0;
            for (std::int64_t tap = std::max<std::int64_t>(0, 5 - at); tap < std::min<std::int64_t>(11, length + 5 - at); ++tap)
                sum += taps[static_cast<std::size_t>(tap)] * channel[static_cast<std::size_t>(here + (tap - 5) * stride)];
            result[static_cast<std::size_t>(here)] = sum;
        }
    return result;
}

std::vector<float> blurred(const NdArray& input)
{
    const std::int64_t height = input.dim(1), width = input.dim(2);
    std::vector<float> result;
    for (std::int64_t channel = 0; channel < input.dim(0); ++channel) {
        const NdArray plane = input[channel];
        const std::vector<float> rows = blurred({plane.values().begin(), plane.values().end()}, height, width, true);
        const std::vector<float> both = blurred(rows, height, width, false);
        result.insert(result.end(), both.begin(), both.end());
    }
    return result;
}

std::vector<float> meanColour(const NdArray& input)
{
    std::vector<float> result;
    for (std::int64_t channel = 0; channel < input.dim(0); ++channel) {
        const NdArray plane = input[channel];
        const double sum = std::accumulate(plane.values().begin(), plane.values().end(), 0.0);
        result.insert(result.end(), plane.values().size(), static_cast<float>(sum / static_cast<double>(plane.size())));
    }
    return result;
}

}  // namespace

std::string toString(Baseline baseline)
{
    return baseline == Baseline::Zero ? "zero" : baseline == Baseline::Mean ? "mean" : "blur";
}

std::vector<float> takenAway(const NdArray& input, Baseline baseline)
{
    switch (baseline) {
    case Baseline::Zero:
        break;
    case Baseline::Mean:
        return meanColour(input);
    case Baseline::Blur:
        return blurred(input);
    }
    return std::vector<float>(static_cast<std::size_t>(input.size()));
}

std::vector<float> enlarged(const NdArray& map, std::int64_t height, std::int64_t width)
{
    const std::vector<Between> rows = between(map.dim(0), height), columns = between(map.dim(1), width);
    std::vector<float> weights;
    weights.reserve(static_cast<std::size_t>(height * width));
    for (const Between& row : rows) {
        const float* upper = map.data() + row.first * map.dim(1);
        const float* lower = map.data() + row.second * map.dim(1);
        for (const Between& column : columns)
            weights.push_back(std::lerp(std::lerp(upper[column.first], upper[column.second], column.part),
                                        std::lerp(lower[column.first], lower[column.second], column.part), row.part));
    }
    return weights;
}

std::vector<std::uint32_t> byWeight(const std::vector<float>& weights)
{
    std::vector<std::uint32_t> order(weights.size());
    std::iota(order.begin(), order.end(), 0U);
    std::ranges::stable_sort(order, std::greater(), [&](std::uint32_t place) { return weights[place]; });
    return order;
}

void appendPixels(std::vector<std::uint32_t>& pixels, int patch, const ModelSpec& spec)
{
    const int top = patch / spec.gridWidth() * spec.patchHeight, left = patch % spec.gridWidth() * spec.patchWidth;
    for (int y = top; y < top + spec.patchHeight; ++y)
        for (int x = left; x < left + spec.patchWidth; ++x)
            pixels.push_back(static_cast<std::uint32_t>(y * spec.imageWidth + x));
}

NdArray mixed(const NdArray& like, const std::vector<float>& from, const std::vector<float>& to,
              std::span<const std::uint32_t> pixels)
{
    std::vector<float> values = from;
    const auto plane = static_cast<std::size_t>(like.dim(1) * like.dim(2));
    for (std::size_t first = 0; first < values.size(); first += plane)
        for (const std::uint32_t pixel : pixels)
            values[first + pixel] = to[first + pixel];
    return {like.shape(), std::move(values)};
}

}  // namespace vitrine
