// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/nn/plain/stem.h"

#include <ATen/ATen.h>

#include "core/nn/network.h"
#include "core/nn/tnt.h"

namespace vitrine::nn::plain {

namespace {

// The way back of patchPixels(): [1, N, 3 * patchHeight * patchWidth] -> [1, 3, H, W]
at::Tensor picture(const at::Tensor& patches, const ModelSpec& spec)
{
    const std::int64_t rows = spec.gridHeight(), columns = spec.gridWidth();
    const std::int64_t height = spec.patchHeight, width = spec.patchWidth;
    at::Tensor result = at::zeros({1, 3, spec.imageHeight, spec.imageWidth}, patches.options());
    result.narrow(2, 0, rows * height)
        .narrow(3, 0, columns * width)
        .copy_(patches.reshape({1, rows, columns, 3, height, width})
                   .permute({0, 3, 1, 4, 2, 5})
                   .reshape({1, 3, rows * height, columns * width}));
    return result;
}

at::Tensor beforeConvolution(const Stem& stem, const at::Tensor& gradient, const at::Tensor& input, const ModelSpec& spec)
{
    const std::int64_t stride = spec.inner.stride, padding = spec.inner.padding;
    return std::get<0>(at::convolution_backward(gradient, input, stem.pixelWeight, at::OptionalIntArrayRef(), {stride, stride},
                                                {padding, padding}, {1, 1}, false, {0, 0}, 1, {true, false, false}));
}

// `gradient` [N, t, c]
at::Tensor beforeInner(const Stem& stem, const at::Tensor& gradient, const at::Tensor& input, const ModelSpec& spec)
{
    const std::int64_t side = spec.inner.side, width = spec.inner.width, count = spec.patches();
    const at::Tensor squares = gradient.transpose(1, 2).reshape({count, width, side, side});
    if (!spec.inner.wholePicture) {
        const at::Tensor alone = patchPixels(input, spec).view({count, input.size(1), spec.patchHeight, spec.patchWidth});
        return picture(beforeConvolution(stem, squares.contiguous(), alone, spec).reshape({1, count, -1}), spec);
    }
    const std::int64_t rows = spec.gridHeight(), columns = spec.gridWidth(),
                       beyond = 2L * spec.inner.padding - spec.inner.kernel;
    at::Tensor whole = at::zeros({1, width, (input.size(2) + beyond) / spec.inner.stride + 1,
                                  (input.size(3) + beyond) / spec.inner.stride + 1},
                                 gradient.options());
    whole.narrow(2, 0, rows * side)
        .narrow(3, 0, columns * side)
        .copy_(squares.view({rows, columns, width, side, side})
                   .permute({2, 0, 3, 1, 4})
                   .reshape({1, width, rows * side, columns * side}));
    return beforeConvolution(stem, whole, input, spec);
}

}  // namespace

at::Tensor innerTokens(const Stem& stem, const at::Tensor& input, const ModelSpec& spec)
{
    return pixelTokens(input, stem.pixelWeight, stem.pixelBias, spec) + stem.innerPosition;
}

at::Tensor patchEmbeddings(const Stem& stem, const at::Tensor& input, const at::Tensor& inner, const ModelSpec& spec)
{
    const at::Tensor x = inner.defined() ? inner.reshape({1, inner.size(0), -1}) : patchPixels(input, spec);
    if (!stem.patches.weight.defined())
        return at::zeros({1, x.size(1), spec.width}, x.options());
    return normed(affine(normed(x, stem.norm1).values, stem.patches), stem.norm2).values;
}

namespace {

// Through the second norm, the linear map and the first norm.
at::Tensor beforeEmbedding(const Stem& stem, const at::Tensor& gradient, const at::Tensor& x, Backward backward)
{
    const Normed first = normed(x, stem.norm1);
    at::Tensor result = gradient;
    if (stem.norm2.weight.defined()) {
        const at::Tensor linear = affine(first.values, stem.patches);
        result = beforeNorm(result, linear, normed(linear, stem.norm2), stem.norm2, backward);
    }
    return beforeNorm(result.matmul(stem.patches.weight), x, first, stem.norm1, backward);
}

}  // namespace

at::Tensor beforePositions(const Stem& stem, const at::Tensor& gradient, const at::Tensor& embedded,
                           const at::Tensor& positions, Backward backward)
{
    const at::Tensor x = withPositions(embedded, positions);
    return beforeNorm(gradient, x, normed(x, stem.afterPositions), stem.afterPositions, backward);
}

at::Tensor beforePatches(const Stem& stem, const at::Tensor& gradient, const at::Tensor& inner, Backward backward)
{
    if (!stem.patches.weight.defined())
        return at::zeros_like(inner);
    return beforeEmbedding(stem, gradient, inner.reshape({1, inner.size(0), -1}), backward).reshape(inner.sizes());
}

at::Tensor beforePixels(const Stem& stem, const at::Tensor& gradient, const at::Tensor& input, const ModelSpec& spec,
                        Backward backward)
{
    if (stem.pixelWeight.defined())
        return beforeInner(stem, gradient, input, spec);
    return picture(beforeEmbedding(stem, gradient, patchPixels(input, spec), backward), spec);
}

}  // namespace vitrine::nn::plain
