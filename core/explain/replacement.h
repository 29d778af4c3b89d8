// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/base/ndarray.h"
#include "core/model/model_spec.h"

namespace vitrine {

/// What stands in the place of pixels that are taken away.
enum class Baseline {
    Zero,  ///< 0 after normalisation: the mean colour of the pictures that the network was trained on
    Mean,  ///< this picture's mean colour
    Blur,  ///< this picture blurred as by RISE: 11 x 11 with sigma 5
};
/// "zero", "mean", "blur"
std::string toString(Baseline baseline);

/// `input` [3, H, W] with every pixel taken away.
std::vector<float> takenAway(const NdArray& input, Baseline baseline);

/// A map [rows, columns] enlarged bilinearly to [height * width].
std::vector<float> enlarged(const NdArray& map, std::int64_t height, std::int64_t width);
/// Places from the largest weight to the smallest; equal ones in their own order.
std::vector<std::uint32_t> byWeight(const std::vector<float>& weights);
/// Appends the pixels of one patch.
void appendPixels(std::vector<std::uint32_t>& pixels, int patch, const ModelSpec& spec);

/// `from`, of the shape [3, H, W] of `like`, with `pixels` taken from `to`, in every channel.
NdArray mixed(const NdArray& like, const std::vector<float>& from, const std::vector<float>& to,
              std::span<const std::uint32_t> pixels);

}  // namespace vitrine
