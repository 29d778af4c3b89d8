// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/preprocess.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "core/model/grid.h"
#include "core/model/resize.h"

namespace vitrine {

namespace {

struct Size {
    int width = 0, height = 0;
};

int checkedSide(double side)
{
    if (!(side >= 1.0))
        return 1;
    if (side > std::numeric_limits<int>::max() / 4)
        throw Error("The picture is too long and thin to be brought to the network's size: crop it first.");
    return static_cast<int>(side);
}

/// The network's input size before the centre crop.
Size scaledTarget(const ModelSpec& spec)
{
    const Preprocessing& recipe = spec.preprocessing;
    if (recipe.resizeShorter > 0)
        return {recipe.resizeShorter, recipe.resizeShorter};
    return {checkedSide(std::floor(spec.imageWidth / recipe.cropFraction)),
            checkedSide(std::floor(spec.imageHeight / recipe.cropFraction))};
}

/// torchvision's Resize(shorter side): the longer one is truncated, not rounded.
Size shorterSideTo(const Image& image, int target)
{
    const double width = image.width();
    const double height = image.height();
    if (width <= height)
        return {target, checkedSide(std::floor(target * height / width))};
    return {checkedSide(std::floor(target * width / height)), target};
}

/// timm's ResizeKeepRatio: covers the target, or lies inside it. nearbyint() rounds halves to even, as Python does.
Size keepRatio(const Image& image, Size target, bool inside)
{
    const double x = static_cast<double>(image.width()) / target.width;
    const double y = static_cast<double>(image.height()) / target.height;
    const double ratio = inside ? std::max(x, y) : std::min(x, y);
    return {checkedSide(std::nearbyint(image.width() / ratio)), checkedSide(std::nearbyint(image.height() / ratio))};
}

Size resizedSize(const Image& image, const ModelSpec& spec)
{
    const Size target = scaledTarget(spec);
    switch (spec.preprocessing.fit) {
    case Fit::Squash:
        return target;
    case Fit::Letterbox:
        return keepRatio(image, target, true);
    case Fit::Crop:
        break;
    }
    if (target.width == target.height)
        return shorterSideTo(image, target.width);
    return keepRatio(image, target, false);
}

/// Where `wanted` begins in `size`, as torchvision's CenterCrop rounds it; negative: bars before the picture.
int centred(int size, int wanted)
{
    if (size >= wanted)
        return static_cast<int>(std::nearbyint((size - wanted) / 2.0));
    return -((wanted - size) / 2);
}

std::array<std::uint8_t, 3> barColour(const Preprocessing& recipe)
{
    std::array<std::uint8_t, 3> colour{};
    if (recipe.fit != Fit::Letterbox)
        return colour;  // torchvision pads a crop with black
    for (std::size_t i = 0; i < colour.size(); ++i)
        colour[i] = static_cast<std::uint8_t>(std::clamp(std::nearbyint(255.0 * recipe.mean[i]), 0.0, 255.0));
    return colour;
}

/// `part` at (x, y) of a width x height picture filled with `colour`.
Image placed(const Image& part, int width, int height, int x, int y, const std::array<std::uint8_t, 3>& colour)
{
    if (part.width() == width && part.height() == height)
        return part;
    std::vector<std::uint8_t> pixels(static_cast<std::size_t>(width) * height * 3);
    for (std::size_t i = 0; i < pixels.size(); ++i)
        pixels[i] = colour[i % 3];
    for (int row = 0; row < part.height(); ++row) {
        std::copy_n(part.row(row), static_cast<std::size_t>(part.width()) * 3,
                    pixels.data() + (static_cast<std::size_t>(y + row) * width + x) * 3);
    }
    return {width, height, std::move(pixels)};
}

NdArray normalised(const Image& view, const Preprocessing& recipe)
{
    const std::size_t plane = static_cast<std::size_t>(view.width()) * view.height();
    std::vector<float> values(plane * 3);
    const std::uint8_t* pixels = view.pixels().data();
    for (std::size_t channel = 0; channel < 3; ++channel) {
        std::array<float, 256> table;
        for (std::size_t value = 0; value < table.size(); ++value) {
            const float scaled = static_cast<float>(value) / 255.0F;
            table[value] = (scaled - recipe.mean[channel]) / recipe.deviation[channel];
        }
        for (std::size_t i = 0; i < plane; ++i)
            values[channel * plane + i] = table[pixels[i * 3 + channel]];
    }
    return {Shape{3, view.height(), view.width()}, std::move(values)};
}

}  // namespace

bool wantsAnotherShape(const Image& image, const ModelSpec& spec)
{
    const int most = spec.preprocessing.mostPatches;
    return most > 0
           && sizeInShape({image.height(), image.width()}, {spec.patchHeight, spec.patchWidth}, most)
                  != Grid{spec.imageHeight, spec.imageWidth};
}

PreparedImage prepare(const Image& image, const ModelSpec& spec)
{
    if (image.empty())
        throw Error("The picture is empty: open another one.");
    const int width = spec.imageWidth;
    const int height = spec.imageHeight;
    const Size resized = resizedSize(image, spec);
    const int left = centred(resized.width, width);
    const int top = centred(resized.height, height);
    const PixelRect region{std::max(left, 0), std::max(top, 0), std::min(width, resized.width),
                           std::min(height, resized.height)};
    const Image part = resizeRegion(image, resized.width, resized.height, region, spec.preprocessing.interpolation);

    PreparedImage prepared;
    prepared.view = placed(part, width, height, std::max(-left, 0), std::max(-top, 0), barColour(spec.preprocessing));
    prepared.input = normalised(prepared.view, spec.preprocessing);
    const double scaleX = static_cast<double>(image.width()) / resized.width;
    const double scaleY = static_cast<double>(image.height()) / resized.height;
    prepared.crop = {left * scaleX, top * scaleY, width * scaleX, height * scaleY};
    prepared.originalWidth = image.width();
    prepared.originalHeight = image.height();
    return prepared;
}

}  // namespace vitrine
