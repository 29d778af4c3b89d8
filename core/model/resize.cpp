// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/resize.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "core/model/preprocess.h"

namespace vitrine {

namespace {

// Pillow computes with 8-bit pixels and weights of 22 bits after the point; the same rounding gives the same pixels.
constexpr int PrecisionBits = 32 - 8 - 2;
constexpr int Channels = 3;

double bilinear(double x)
{
    x = std::abs(x);
    return x < 1.0 ? 1.0 - x : 0.0;
}

double bicubic(double x)
{
    constexpr double a = -0.5;
    x = std::abs(x);
    if (x < 1.0)
        return ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0;
    if (x < 2.0)
        return (((x - 5.0) * x + 8.0) * x - 4.0) * a;
    return 0.0;
}

struct Filter {
    double (*weight)(double);
    double support;
};

Filter filterOf(Interpolation interpolation)
{
    return interpolation == Interpolation::Bicubic ? Filter{bicubic, 2.0} : Filter{bilinear, 1.0};
}

/// For each output pixel of a range: which input pixels it is made of, and how much of each.
struct Taps {
    int length = 0;  ///< weights kept per output pixel
    std::vector<int> first, count;
    std::vector<std::int32_t> weights;  ///< [outputs, length]
};

Taps computeTaps(int inputSize, int outputSize, int begin, int count, const Filter& filter)
{
    const double scale = static_cast<double>(inputSize) / outputSize;
    const double filterScale = std::max(scale, 1.0);
    const double support = filter.support * filterScale;
    Taps taps;
    taps.length = static_cast<int>(std::ceil(support)) * 2 + 1;
    taps.first.resize(static_cast<std::size_t>(count));
    taps.count.resize(static_cast<std::size_t>(count));
    taps.weights.assign(static_cast<std::size_t>(count) * taps.length, 0);
    std::vector<double> row(static_cast<std::size_t>(taps.length));
    for (int i = 0; i < count; ++i) {
        const double center = (begin + i + 0.5) * scale;
        const int first = std::max(0, static_cast<int>(center - support + 0.5));
        const int last = std::min(inputSize, static_cast<int>(center + support + 0.5));
        double sum = 0;
        for (int x = first; x < last; ++x) {
            row[static_cast<std::size_t>(x - first)] = filter.weight((x - center + 0.5) / filterScale);
            sum += row[static_cast<std::size_t>(x - first)];
        }
        std::int32_t* weights = taps.weights.data() + static_cast<std::size_t>(i) * taps.length;
        for (int x = 0; x < last - first; ++x) {
            const double weight = (sum != 0.0 ? row[static_cast<std::size_t>(x)] / sum : 0.0) * (1 << PrecisionBits);
            weights[x] = static_cast<std::int32_t>(weight < 0 ? weight - 0.5 : weight + 0.5);
        }
        taps.first[static_cast<std::size_t>(i)] = first;
        taps.count[static_cast<std::size_t>(i)] = last - first;
    }
    return taps;
}

std::uint8_t clip8(std::int32_t value)
{
    return static_cast<std::uint8_t>(std::clamp(value >> PrecisionBits, 0, 255));
}

void resampleRow(const std::uint8_t* in, std::uint8_t* out, int outputs, const Taps& taps)
{
    for (int i = 0; i < outputs; ++i) {
        const std::uint8_t* pixel = in + static_cast<std::size_t>(taps.first[static_cast<std::size_t>(i)]) * Channels;
        const std::int32_t* weights = taps.weights.data() + static_cast<std::size_t>(i) * taps.length;
        const int count = taps.count[static_cast<std::size_t>(i)];
        std::int32_t red = 1 << (PrecisionBits - 1);
        std::int32_t green = red;
        std::int32_t blue = red;
        for (int t = 0; t < count; ++t) {
            red += pixel[t * Channels] * weights[t];
            green += pixel[t * Channels + 1] * weights[t];
            blue += pixel[t * Channels + 2] * weights[t];
        }
        out[i * Channels] = clip8(red);
        out[i * Channels + 1] = clip8(green);
        out[i * Channels + 2] = clip8(blue);
    }
}

/// Rows [firstRow, firstRow + rows) of the image, resampled along x.
std::vector<std::uint8_t> resampleRows(const Image& image, int firstRow, int rows, int outputs, const Taps& taps)
{
    std::vector<std::uint8_t> pixels(static_cast<std::size_t>(rows) * outputs * Channels);
    for (int y = 0; y < rows; ++y)
        resampleRow(image.row(firstRow + y), pixels.data() + static_cast<std::size_t>(y) * outputs * Channels, outputs, taps);
    return pixels;
}

/// Rows [firstRow, firstRow + rows), columns [x, x + columns) of the image as they are.
std::vector<std::uint8_t> copyRows(const Image& image, int firstRow, int rows, int x, int columns)
{
    std::vector<std::uint8_t> pixels(static_cast<std::size_t>(rows) * columns * Channels);
    for (int y = 0; y < rows; ++y) {
        const std::uint8_t* from = image.row(firstRow + y) + static_cast<std::size_t>(x) * Channels;
        std::copy_n(from, static_cast<std::size_t>(columns) * Channels,
                    pixels.data() + static_cast<std::size_t>(y) * columns * Channels);
    }
    return pixels;
}

/// Along y; `in` begins with the image's row `firstRow`.
std::vector<std::uint8_t> resampleColumns(const std::vector<std::uint8_t>& in, int firstRow, int rowBytes, int outputs,
                                          const Taps& taps)
{
    std::vector<std::uint8_t> pixels(static_cast<std::size_t>(outputs) * rowBytes);
    std::vector<std::int32_t> sums(static_cast<std::size_t>(rowBytes));
    for (int i = 0; i < outputs; ++i) {
        std::fill(sums.begin(), sums.end(), 1 << (PrecisionBits - 1));
        const std::size_t first = static_cast<std::size_t>(taps.first[static_cast<std::size_t>(i)] - firstRow);
        for (int t = 0; t < taps.count[static_cast<std::size_t>(i)]; ++t) {
            const std::uint8_t* row = in.data() + (first + static_cast<std::size_t>(t)) * rowBytes;
            const std::int32_t weight = taps.weights[static_cast<std::size_t>(i) * taps.length + t];
            for (int x = 0; x < rowBytes; ++x)
                sums[static_cast<std::size_t>(x)] += row[x] * weight;
        }
        std::uint8_t* out = pixels.data() + static_cast<std::size_t>(i) * rowBytes;
        for (int x = 0; x < rowBytes; ++x)
            out[x] = clip8(sums[static_cast<std::size_t>(x)]);
    }
    return pixels;
}

} // namespace

Image resizeRegion(const Image& image, int width, int height, const PixelRect& region, Interpolation interpolation)
{
    if (image.empty() || region.width <= 0 || region.height <= 0)
        throw Error("A picture of " + std::to_string(image.width()) + "x" + std::to_string(image.height())
                    + " cannot be resized to " + std::to_string(width) + "x" + std::to_string(height) + ".");
    const Filter filter = filterOf(interpolation);
    int firstRow = region.y;
    int rows = region.height;
    Taps vertical;
    if (height != image.height()) {
        vertical = computeTaps(image.height(), height, region.y, region.height, filter);
        firstRow = vertical.first.front();
        rows = vertical.first.back() + vertical.count.back() - firstRow;
    }
    std::vector<std::uint8_t> pixels;
    if (width != image.width()) {
        const Taps horizontal = computeTaps(image.width(), width, region.x, region.width, filter);
        pixels = resampleRows(image, firstRow, rows, region.width, horizontal);
    } else {
        pixels = copyRows(image, firstRow, rows, region.x, region.width);
    }
    if (height != image.height())
        pixels = resampleColumns(pixels, firstRow, region.width * Channels, region.height, vertical);
    return {region.width, region.height, std::move(pixels)};
}

Image resize(const Image& image, int width, int height, Interpolation interpolation)
{
    return resizeRegion(image, width, height, {0, 0, width, height}, interpolation);
}

} // namespace vitrine
