// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/explain/faithfulness.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <string>

namespace vitrine {

namespace {

constexpr int batchSize = 16;

/// Where a pixel lies between two cells when `cells` are enlarged to `pixels`, half a cell at the edges held.
struct Between {
    std::int64_t first = 0, second = 0;
    float part = 0;  ///< of the second
};

std::vector<Between> enlarged(std::int64_t cells, std::int64_t pixels)
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

/// The pixels of a picture from the largest weight to the smallest; equal ones in reading order.
std::vector<std::uint32_t> pixelOrder(const NdArray& map, std::int64_t height, std::int64_t width)
{
    const std::vector<Between> rows = enlarged(map.dim(0), height), columns = enlarged(map.dim(1), width);
    std::vector<float> weights;
    weights.reserve(static_cast<std::size_t>(height * width));
    for (const Between& row : rows) {
        const float* upper = map.data() + row.first * map.dim(1);
        const float* lower = map.data() + row.second * map.dim(1);
        for (const Between& column : columns)
            weights.push_back(std::lerp(std::lerp(upper[column.first], upper[column.second], column.part),
                                        std::lerp(lower[column.first], lower[column.second], column.part), row.part));
    }
    std::vector<std::uint32_t> order(weights.size());
    std::iota(order.begin(), order.end(), 0U);
    std::ranges::stable_sort(order, std::greater(), [&](std::uint32_t pixel) { return weights[pixel]; });
    return order;
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

/// `from` with the first `count` pixels of `order` taken from `to`, in every channel.
NdArray mixed(const NdArray& input, const std::vector<float>& from, const std::vector<float>& to,
              const std::vector<std::uint32_t>& order, std::size_t count)
{
    std::vector<float> values = from;
    for (std::size_t plane = 0; plane < values.size(); plane += order.size())
        for (std::size_t i = 0; i < count; ++i)
            values[plane + order[i]] = to[plane + order[i]];
    return {input.shape(), std::move(values)};
}

double areaUnder(const std::vector<float>& curve)
{
    const double sum = std::accumulate(curve.begin(), curve.end(), 0.0);
    return (sum - curve.front() / 2.0 - curve.back() / 2.0) / static_cast<double>(curve.size() - 1);
}

NdArray curveOf(std::vector<float> values)
{
    return {{static_cast<std::int64_t>(values.size())}, std::move(values)};
}

} // namespace

Faithfulness faithfulness(Engine& engine, const PreparedImage& picture, const NdArray& map, int classIndex, int steps,
                          std::stop_token stop, const Progress& progress)
{
    const ModelSpec& spec = *engine.model();
    if (spec.classes == 0)
        throw Error(spec.name + " has no classification head: nothing tells whether a map is faithful.");
    if (!std::ranges::all_of(map.values(), [](float value) { return std::isfinite(value); }))
        throw Error("The map holds values that are not numbers, so its pixels have no order.");
    const std::vector<std::uint32_t> order = pixelOrder(map, picture.input.dim(1), picture.input.dim(2));
    const std::vector<float> whole(picture.input.values().begin(), picture.input.values().end());
    const std::vector<float> none(whole.size()), soft = blurred(picture.input);

    // Deletion, then insertion up to the step before the whole picture, which is deletion's first.
    const int passes = 2 * steps + 1;
    const auto pictureOf = [&](int pass) {
        const bool deletes = pass <= steps;
        const auto part = static_cast<std::size_t>(deletes ? pass : pass - steps - 1);
        const std::size_t count = part * order.size() / static_cast<std::size_t>(steps);
        PreparedImage result = picture;
        result.input = deletes ? mixed(picture.input, whole, none, order, count)
                               : mixed(picture.input, soft, whole, order, count);
        return result;
    };
    RecordOptions record;
    record.logitsOnly = true;
    std::vector<float> curve;
    std::vector<PreparedImage> batch;
    for (int begin = 0; begin < passes; begin += batchSize) {
        throwIfStopped(stop);
        batch.clear();
        for (int pass = begin; pass < std::min(begin + batchSize, passes); ++pass)
            batch.push_back(pictureOf(pass));
        for (const auto& trace : engine.run(batch, record, stop))
            curve.push_back(probabilities(trace->logits)[static_cast<std::size_t>(classIndex)]);
        if (progress)
            progress(static_cast<double>(curve.size()) / passes, "pictures with pixels taken away");
    }

    std::vector<float> deletion(curve.begin(), curve.begin() + steps + 1);
    std::vector<float> insertion(curve.begin() + steps + 1, curve.end());
    insertion.push_back(deletion.front());
    Faithfulness result;
    result.deletionArea = areaUnder(deletion);
    result.insertionArea = areaUnder(insertion);
    result.deletion = curveOf(std::move(deletion));
    result.insertion = curveOf(std::move(insertion));
    return result;
}

} // namespace vitrine
