// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/explain/statistics.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

namespace vitrine {

namespace {

std::vector<float> finiteValues(std::span<const float> values)
{
    std::vector<float> finite;
    finite.reserve(values.size());
    for (const float value : values)
        if (std::isfinite(value))
            finite.push_back(value);
    return finite;
}

}  // namespace

Statistics statistics(std::span<const float> values, int bins)
{
    Statistics result;
    result.histogram.assign(static_cast<std::size_t>(std::max(bins, 1)), 0);
    double minimum = std::numeric_limits<double>::infinity(), maximum = -minimum, sum = 0;
    long count = 0;
    for (const float value : values) {
        if (!std::isfinite(value))
            continue;
        minimum = std::min<double>(minimum, value);
        maximum = std::max<double>(maximum, value);
        sum += value;
        ++count;
    }
    result.notFinite = static_cast<long>(values.size()) - count;
    if (count == 0)
        return result;

    result.minimum = minimum;
    result.maximum = maximum;
    result.mean = sum / static_cast<double>(count);
    const double width = maximum - minimum;
    const auto lastBin = result.histogram.size() - 1;
    double squares = 0;
    for (const float value : values) {
        if (!std::isfinite(value))
            continue;
        squares += (value - result.mean) * (value - result.mean);
        const double place = width > 0 ? (value - minimum) / width * static_cast<double>(lastBin + 1) : 0;
        ++result.histogram[std::min(static_cast<std::size_t>(place), lastBin)];
    }
    result.deviation = std::sqrt(squares / static_cast<double>(count));
    return result;
}

float massThreshold(std::span<const float> values, double mass)
{
    std::vector<float> sorted = finiteValues(values);
    if (sorted.empty())
        return 0;
    std::ranges::sort(sorted, std::greater<>());
    double total = 0;
    for (const float value : sorted)
        total += value;
    double held = 0;
    for (const float value : sorted) {
        held += value;
        // A rounding error must not demand one more cell than the mass that was asked for.
        if (held >= mass * total - 1e-9 * std::abs(total))
            return value;
    }
    return sorted.back();
}

double entropy(std::span<const float> distribution)
{
    double sum = 0;
    for (const float value : distribution)
        if (value > 0)
            sum -= value * std::log(static_cast<double>(value));
    return sum;
}

float quantile(std::span<const float> values, double fraction)
{
    std::vector<float> finite = finiteValues(values);
    if (finite.empty())
        return 0;
    const double place = std::clamp(fraction, 0.0, 1.0) * static_cast<double>(finite.size() - 1);
    const auto below = finite.begin() + static_cast<std::ptrdiff_t>(place);
    std::nth_element(finite.begin(), below, finite.end());
    const double rest = place - std::floor(place);
    if (rest == 0)
        return *below;
    const float above = *std::min_element(below + 1, finite.end());
    return static_cast<float>(*below + rest * (static_cast<double>(above) - *below));
}

}  // namespace vitrine
