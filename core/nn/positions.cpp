// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/nn/positions.h"

#include <algorithm>
#include <optional>

#include <ATen/ATen.h>

#include "core/base/error.h"

namespace vitrine::nn {

namespace {

// As an image [1, D, h, w] -> [1, D, height, width]
at::Tensor cropped(const at::Tensor& image, std::int64_t height, std::int64_t width, PositionResampling kind)
{
    const std::int64_t side = std::max(height, width);
    const at::Tensor square = kind == PositionResampling::BicubicAntialiasCropped
                                  ? at::_upsample_bicubic2d_aa(image, {side, side}, false)
                                  : at::upsample_bilinear2d(image, {side, side},
                                                            kind == PositionResampling::BilinearCroppedAlignCorners);
    return square.slice(2, 0, height).slice(3, 0, width);
}

// [h * w, D] -> [h' * w', D]
at::Tensor resample(const at::Tensor& patches, const ModelSpec& spec)
{
    const std::int64_t oldHeight = spec.trainedGridHeight, oldWidth = spec.trainedGridWidth;
    const std::int64_t height = spec.gridHeight(), width = spec.gridWidth();
    if (oldHeight == height && oldWidth == width)
        return patches;
    std::optional<double> scaleY, scaleX;
    if (spec.positionOffset != 0) {
        // DINO's code gives the interpolation a factor instead of a size, a little too large so that rounding is safe.
        scaleY = (static_cast<double>(height) + spec.positionOffset) / static_cast<double>(oldHeight);
        scaleX = (static_cast<double>(width) + spec.positionOffset) / static_cast<double>(oldWidth);
    }
    const auto image = patches.reshape({1, oldHeight, oldWidth, -1}).permute({0, 3, 1, 2});
    at::Tensor result;
    switch (spec.positionResampling) {
    case PositionResampling::BicubicAntialias:
        result = at::_upsample_bicubic2d_aa(image, {height, width}, false, scaleY, scaleX);
        break;
    case PositionResampling::Bicubic:
        result = at::upsample_bicubic2d(image, {height, width}, false, scaleY, scaleX);
        break;
    case PositionResampling::BicubicAlignCorners:
        result = at::upsample_bicubic2d(image, {height, width}, true, scaleY, scaleX);
        break;
    case PositionResampling::Bilinear:
        result = at::upsample_bilinear2d(image, {height, width}, false, scaleY, scaleX);
        break;
    case PositionResampling::BilinearAntialias:
        result = at::_upsample_bilinear2d_aa(image, {height, width}, false, scaleY, scaleX);
        break;
    case PositionResampling::BilinearCropped:
    case PositionResampling::BilinearCroppedAlignCorners:
    case PositionResampling::BicubicAntialiasCropped:
        result = cropped(image, height, width, spec.positionResampling);
        break;
    }
    return result.permute({0, 2, 3, 1}).reshape({height * width, -1});
}

}  // namespace

Positions makePositions(const std::optional<at::Tensor>& stored, const ModelSpec& spec)
{
    if (!stored) {
        const at::Tensor none = at::zeros({0, spec.width});
        return {at::zeros({spec.patches(), spec.width}), none, none};
    }
    const auto rows = stored->reshape({-1, spec.width});
    const std::int64_t grid = static_cast<std::int64_t>(spec.trainedGridHeight) * spec.trainedGridWidth;
    const std::int64_t covered = rows.size(0) - grid;
    const std::int64_t prefix = spec.prefixTokens();
    const std::int64_t withoutRegisters = prefix - spec.registers;
    if (spec.positionsCoverPrefix ? covered != prefix && covered != withoutRegisters : covered != 0)
        throw Error("The position embeddings of " + spec.name + " have " + std::to_string(rows.size(0))
                    + " rows, which does not fit a trained grid of " + std::to_string(spec.trainedGridHeight) + " x "
                    + std::to_string(spec.trainedGridWidth) + " with " + std::to_string(prefix) + " prefix tokens.");
    Positions result;
    result.trained = rows.narrow(0, covered, grid).contiguous();
    result.resampled = resample(result.trained, spec);
    if (!spec.positionsCoverPrefix)
        result.added = result.resampled;
    else
        result.added = at::cat({rows.narrow(0, 0, covered), at::zeros({prefix - covered, spec.width}), result.resampled});
    return result;
}

at::Tensor relativeBiasIndex(const ModelSpec& spec, const at::Device& device)
{
    if (!spec.relativeBias)
        return {};
    const std::int64_t rows = spec.gridHeight(), columns = spec.gridWidth(), patches = rows * columns,
                       table = (2 * rows - 1) * (2 * columns - 1);
    const at::Tensor patch = at::arange(patches, at::kLong);
    const at::Tensor row = at::floor_divide(patch, columns), column = at::remainder(patch, columns);
    const at::Tensor down = row.unsqueeze(1) - row.unsqueeze(0) + (rows - 1);
    const at::Tensor across = column.unsqueeze(1) - column.unsqueeze(0) + (columns - 1);
    at::Tensor index = at::empty({patches + 1, patches + 1}, at::kLong);
    index[0].fill_(table);
    index.select(1, 0).fill_(table + 1);
    index[0][0].fill_(table + 2);
    index.slice(0, 1).slice(1, 1).copy_(down * (2 * columns - 1) + across);
    return index.to(device);
}

}  // namespace vitrine::nn
