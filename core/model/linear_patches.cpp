// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/linear_patches.h"

#include <cmath>

#include "core/base/error.h"

namespace vitrine {

namespace {

constexpr std::int64_t Channels = 3;

std::int64_t sideOf(std::int64_t pixels, const std::string& name)
{
    const auto side = static_cast<std::int64_t>(std::llround(std::sqrt(static_cast<double>(pixels) / Channels)));
    if (side < 1 || side * side * Channels != pixels)
        throw Error("the tensor \"" + name + "\" takes " + std::to_string(pixels)
                    + " numbers a patch, which are no square of pixels in three colours: the network takes pictures with "
                      "another number of channels");
    return side;
}

/// The last axis from (row, column, channel) to (channel, row, column).
TensorRecipe channelsFirst(const TensorRecipe& from, std::int64_t side, Shape shape)
{
    const std::int64_t pixels = side * side;
    return changedRecipe(from, shape, [=](const NdArray& array) {
        const std::span<const float> values = array.values();
        std::vector<float> moved(values.size());
        const std::int64_t rows = array.size() / (pixels * Channels);
        for (std::int64_t row = 0; row < rows; ++row) {
            for (std::int64_t pixel = 0; pixel < pixels; ++pixel) {
                for (std::int64_t channel = 0; channel < Channels; ++channel)
                    moved[static_cast<std::size_t>((row * Channels + channel) * pixels + pixel)]
                        = values[static_cast<std::size_t>((row * pixels + pixel) * Channels + channel)];
            }
        }
        return NdArray(shape, std::move(moved));
    });
}

void rename(TensorMap& map, const std::string& from, const std::string& to)
{
    for (const char* kind : {".weight", ".bias"}) {
        if (auto node = map.tensors.extract(from + kind)) {
            node.key() = to + kind;
            map.tensors.insert(std::move(node));
        }
    }
}

}  // namespace

void linearPatchEmbedding(TensorMap& map)
{
    const Shape* first = map.shape("patch_embed.1.weight");
    if (!first)
        return;
    const bool norms = first->size() == 1;
    if (norms)
        rename(map, "patch_embed.1", "patch_embed.norm_in");
    rename(map, norms ? "patch_embed.2" : "patch_embed.1", "patch_embed.proj");
    rename(map, "patch_embed.3", "patch_embed.norm_out");
    const auto found = map.tensors.find("patch_embed.proj.weight");
    if (found == map.tensors.end() || found->second.shape.size() != 2)
        throw Error("the patch embedding is no matrix: it is another network than vit-pytorch's ViT");
    TensorRecipe& matrix = found->second;
    const std::int64_t width = matrix.shape[0];
    const std::int64_t side = sideOf(matrix.shape[1], matrix.sources.front());
    matrix = channelsFirst(matrix, side, {width, Channels, side, side});
    for (const char* name : {"patch_embed.norm_in.weight", "patch_embed.norm_in.bias"}) {
        const auto norm = map.tensors.find(name);
        if (norm != map.tensors.end() && norm->second.shape == Shape{side * side * Channels})
            norm->second = channelsFirst(norm->second, side, norm->second.shape);
    }
}

}  // namespace vitrine
