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

/// The weights of `taps` in two halves of 16 bits, w = high * 2048 + low, so that a compiler can use the processor's
/// multiply-add of 16-bit pairs; rows of a length that is a multiple of 8, the rest zeros.
struct SplitTaps {
    explicit SplitTaps(const Taps& taps)
        : length((taps.length + 7) / 8 * 8)
        , high(taps.first.size() * static_cast<std::size_t>(length))
        , low(high.size())
    {
        for (std::size_t i = 0; i < taps.first.size(); ++i) {
            for (int t = 0; t < taps.length; ++t) {
                const std::int32_t weight = taps.weights[i * taps.length + t];
                high[i * length + t] = static_cast<std::int16_t>(weight >> LowBits);
                low[i * length + t] = static_cast<std::int16_t>(weight & ((1 << LowBits) - 1));
            }
        }
    }

    static constexpr int LowBits = 11;
    int length;
    std::vector<std::int16_t> high, low;
};

std::int32_t dot(const std::int16_t* a, const std::int16_t* b, int length)
{
    std::int32_t sum = 0;
    for (int i = 0; i < length; ++i)
        sum += a[i] * b[i];
    return sum;
}

/// One row from three planes of 16-bit pixels (each followed by split.length zeros), the first of which begins at the
/// column `offset` of the picture.
void resampleRow(const std::vector<std::int16_t>& planes, std::size_t plane, int offset, std::uint8_t* out, const Taps& taps,
                 const SplitTaps& split)
{
    for (std::size_t i = 0; i < taps.first.size(); ++i) {
        const std::int16_t* high = split.high.data() + i * split.length;
        const std::int16_t* low = split.low.data() + i * split.length;
        for (std::size_t channel = 0; channel < Channels; ++channel) {
            const std::int16_t* pixels = planes.data() + channel * plane + (taps.first[i] - offset);
            const std::int32_t sum = (1 << (PrecisionBits - 1)) + dot(pixels, high, split.length) * (1 << SplitTaps::LowBits)
                                     + dot(pixels, low, split.length);
            out[i * Channels + channel] = clip8(sum);
        }
    }
}

/// Pixels somewhere in memory: the columns from rect.x and the rows from rect.y on of a picture.
struct View {
    PixelRect rect;
    const std::uint8_t* data;
    std::size_t rowBytes;

    const std::uint8_t* row(int index) const { return data + static_cast<std::size_t>(index) * rowBytes; }
};

/// A part of a picture on its way.
struct Part {
    PixelRect rect;
    std::vector<std::uint8_t> pixels;

    std::size_t rowBytes() const { return static_cast<std::size_t>(rect.width) * Channels; }
    View view() const { return {rect, pixels.data(), rowBytes()}; }
};

View viewOf(const Image& image, const PixelRect& rect)
{
    return {rect, image.row(rect.y) + static_cast<std::size_t>(rect.x) * Channels,
            static_cast<std::size_t>(image.width()) * Channels};
}

Part copied(const View& from)
{
    Part part{from.rect, {}};
    part.pixels.reserve(static_cast<std::size_t>(from.rect.height) * part.rowBytes());
    for (int y = 0; y < from.rect.height; ++y)
        part.pixels.insert(part.pixels.end(), from.row(y), from.row(y) + part.rowBytes());
    return part;
}

/// Along x: every row of `in`, which holds all the columns that `taps` want.
Part resampleX(const View& in, int x, const Taps& taps)
{
    const SplitTaps split(taps);
    const auto width = static_cast<std::size_t>(in.rect.width);
    const std::size_t plane = width + static_cast<std::size_t>(split.length);
    const int outputs = static_cast<int>(taps.first.size());
    std::vector<std::int16_t> planes(plane * Channels);
    Part out{{x, in.rect.y, outputs, in.rect.height}, {}};
    out.pixels.resize(static_cast<std::size_t>(in.rect.height) * outputs * Channels);
    for (int y = 0; y < in.rect.height; ++y) {
        const std::uint8_t* row = in.row(y);
        for (std::size_t column = 0; column < width; ++column) {
            for (std::size_t channel = 0; channel < Channels; ++channel)
                planes[channel * plane + column] = row[column * Channels + channel];
        }
        resampleRow(planes, plane, in.rect.x, out.pixels.data() + static_cast<std::size_t>(y) * outputs * Channels, taps,
                    split);
    }
    return out;
}

/// Along y: `in` holds all the rows that `taps` want.
Part resampleY(const View& in, int y, const Taps& taps)
{
    const std::size_t rowBytes = static_cast<std::size_t>(in.rect.width) * Channels;
    const std::size_t outputs = taps.first.size();
    Part out{{in.rect.x, y, in.rect.width, static_cast<int>(outputs)}, std::vector<std::uint8_t>(outputs * rowBytes)};
    std::vector<std::int32_t> sums(rowBytes);
    for (std::size_t i = 0; i < outputs; ++i) {
        std::fill(sums.begin(), sums.end(), 1 << (PrecisionBits - 1));
        for (int t = 0; t < taps.count[i]; ++t) {
            const std::uint8_t* row = in.row(taps.first[i] - in.rect.y + t);
            const std::int32_t weight = taps.weights[i * static_cast<std::size_t>(taps.length) + static_cast<std::size_t>(t)];
            for (std::size_t x = 0; x < rowBytes; ++x)
                sums[x] += row[x] * weight;
        }
        for (std::size_t x = 0; x < rowBytes; ++x)
            out.pixels[i * rowBytes + x] = clip8(sums[x]);
    }
    return out;
}

/// The input pixels along one axis that an output range needs.
struct Range {
    int begin = 0, count = 0;
};

Range wantedBy(const Taps& taps)
{
    return {taps.first.front(), taps.first.back() + taps.count.back() - taps.first.front()};
}

/// Since Pillow 13 the columns go first where the height shrinks by more than twice what the width does; the pixels
/// between the passes have 8 bits, so the order shows.
bool columnsFirst(const Image& image, int width, int height)
{
    const std::int64_t shrinksBy = std::int64_t{image.height()} - height;
    return shrinksBy > 0 && shrinksBy > 2 * (std::int64_t{image.width()} - width);
}

}  // namespace

Image resizeRegion(const Image& image, int width, int height, const PixelRect& region, Interpolation interpolation)
{
    if (image.empty() || region.width <= 0 || region.height <= 0)
        throw Error("A picture of " + std::to_string(image.width()) + "x" + std::to_string(image.height())
                    + " cannot be resized to " + std::to_string(width) + "x" + std::to_string(height) + ".");
    const Filter filter = filterOf(interpolation);
    const bool alongX = width != image.width();
    const bool alongY = height != image.height();
    Taps horizontal;
    Taps vertical;
    Range columns{region.x, region.width};
    Range rows{region.y, region.height};
    if (alongX) {
        horizontal = computeTaps(image.width(), width, region.x, region.width, filter);
        columns = wantedBy(horizontal);
    }
    if (alongY) {
        vertical = computeTaps(image.height(), height, region.y, region.height, filter);
        rows = wantedBy(vertical);
    }
    const View whole = viewOf(image, {columns.begin, rows.begin, columns.count, rows.count});
    Part part;
    if (!alongX && !alongY)
        part = copied(whole);
    else if (!alongY)
        part = resampleX(whole, region.x, horizontal);
    else if (!alongX)
        part = resampleY(whole, region.y, vertical);
    else if (columnsFirst(image, width, height))
        part = resampleX(resampleY(whole, region.y, vertical).view(), region.x, horizontal);
    else
        part = resampleY(resampleX(whole, region.x, horizontal).view(), region.y, vertical);
    return {region.width, region.height, std::move(part.pixels)};
}

Image resize(const Image& image, int width, int height, Interpolation interpolation)
{
    return resizeRegion(image, width, height, {0, 0, width, height}, interpolation);
}

}  // namespace vitrine
