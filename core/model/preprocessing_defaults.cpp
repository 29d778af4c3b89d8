// SPDX-License-Identifier: GPL-3.0-or-later
#include <array>
#include <cmath>

#include "core/base/error.h"
#include "core/model/family.h"
#include "core/model/grid.h"
#include "core/model/spec_builder.h"

namespace vitrine {

namespace {

/// What the family's own evaluation does, measured on the published checkpoints.
Preprocessing familyRecipe(const ModelSpec& spec, const TensorMap& map, const ConfigFacts& facts)
{
    if (map.family && map.family->recipe) {
        if (const std::optional<Preprocessing> recipe = map.family->recipe(spec, facts))
            return *recipe;
    }
    const double crop = std::min(spec.imageHeight, spec.imageWidth) >= 384 ? 1.0 : 0.9;
    const bool deit = spec.distillation || facts.architecture.starts_with("deit") || spec.name.find("deit") != std::string::npos
                      || spec.name.find("dino") != std::string::npos;
    return deit ? cropRecipe(crop, ImageNetMean, ImageNetDeviation) : cropRecipe(crop, HalfMean, HalfMean);
}

void requirePossible(const Preprocessing& recipe)
{
    if (!(recipe.cropFraction > 0 && recipe.cropFraction <= 1))
        throw Error("the cropped share of a picture must be above 0 and at most 1: choose another --crop-pct");
    for (std::size_t i = 0; i < recipe.mean.size(); ++i) {
        if (!std::isfinite(recipe.mean[i]) || !(recipe.deviation[i] > 0) || !std::isfinite(recipe.deviation[i]))
            throw Error("mean and deviation must be numbers, the deviation above 0: correct --mean and --std");
    }
}

std::string sizeText(int height, int width)
{
    return std::to_string(height) + "x" + std::to_string(width);
}

std::string describe(const Preprocessing& recipe)
{
    std::string text = recipe.fit == Fit::Crop ? "shorter side" : recipe.fit == Fit::Squash ? "squashed" : "letterbox";
    if (recipe.resizeShorter > 0)
        text += " to " + std::to_string(recipe.resizeShorter) + " and centre crop";
    else if (recipe.cropFraction < 1.0)
        text += " and centre crop of " + std::to_string(std::lround(recipe.cropFraction * 100)) + " %";
    text += recipe.interpolation == Interpolation::Bicubic ? ", bicubic" : ", bilinear";
    if (recipe.deviation == std::array{1.0F, 1.0F, 1.0F})
        return text + ", colours from 0 to 1";
    if (recipe.mean == HalfMean)
        return text + ", mean and deviation 0.5";
    return text + (recipe.mean == ImageNetMean ? ", ImageNet's mean and deviation" : ", CLIP's mean and deviation");
}

void fillSize(ModelSpec& spec, const ConfigFacts& facts, const ModelOverrides& overrides)
{
    const auto first = [](const std::optional<int>& a, const std::optional<int>& b, const std::optional<int>& c, int d) {
        return a ? *a : b ? *b : c ? *c : d;
    };
    const bool told = overrides.imageHeight || facts.inputHeight || facts.imageHeight;
    const bool so400m = !spec.cls && spec.width == 1152 && spec.patchHeight == 14 && spec.trainedGridHeight == 27
                        && spec.trainedGridWidth == 27;
    if (so400m && !told)
        throw Error("27x27 patches of 14 pixels are cut from pictures of 378 pixels and from those of 384, and SigLIP's so400m "
                    "was published for both: say which with --image-size 378 or --image-size 384");
    const auto usual = [](int ofFamily, int trained) { return ofFamily > 0 ? ofFamily : trained; };
    const bool ofFamily = spec.imageHeight > 0;
    spec.imageHeight = first(overrides.imageHeight, facts.inputHeight, facts.imageHeight,
                             usual(spec.imageHeight, spec.trainedGridHeight * spec.patchHeight));
    spec.imageWidth = first(overrides.imageWidth, facts.inputWidth, facts.imageWidth,
                            usual(spec.imageWidth, spec.trainedGridWidth * spec.patchWidth));
    if (ofFamily && !told)
        spec.assume(Severity::Information,
                    "Pictures of " + sizeText(spec.imageHeight, spec.imageWidth) + " were assumed (--image-size).");
    else if (!told)
        spec.assume(Severity::Information,
                    "Pictures of " + sizeText(spec.imageHeight, spec.imageWidth) + " were assumed"
                        + (spec.learnedPositions || spec.relativeBias ? " from the position embeddings."
                                                                      : "; rotary positions fit any size (--image-size)."));
}

/// The picture's shape, where the network takes any and nobody says one size.
void takeShapeOfPicture(ModelSpec& spec, const ConfigFacts& facts, const ModelOverrides& overrides)
{
    Preprocessing& recipe = spec.preprocessing;
    recipe.mostPatches = facts.mostPatches.value_or(recipe.mostPatches);
    if (overrides.imageHeight || overrides.fit || overrides.cropFraction || facts.inputHeight)
        recipe.mostPatches = 0;
    if (recipe.mostPatches == 0)
        return;
    const std::string patches = std::to_string(recipe.mostPatches) + " patches";
    if (!overrides.pictureHeight || !overrides.pictureWidth) {
        spec.assume(Severity::Information, "It takes every picture in its own shape, in at most " + patches
                                               + "; where several are computed together, all are brought to "
                                               + sizeText(spec.imageHeight, spec.imageWidth) + " (--image-size).");
        return;
    }
    const Grid size = sizeInShape({*overrides.pictureHeight, *overrides.pictureWidth}, {spec.patchHeight, spec.patchWidth},
                                  recipe.mostPatches);
    spec.imageHeight = size.height;
    spec.imageWidth = size.width;
    spec.assume(Severity::Information, "The input has the picture's shape, " + sizeText(size.height, size.width)
                                           + " pixels in at most " + patches + " (--image-size sets another).");
}

}  // namespace

Preprocessing cropRecipe(double fraction, const std::array<float, 3>& mean, const std::array<float, 3>& deviation)
{
    Preprocessing recipe;
    recipe.cropFraction = fraction;
    recipe.mean = mean;
    recipe.deviation = deviation;
    return recipe;
}

Preprocessing squashRecipe(Interpolation interpolation, const std::array<float, 3>& mean, const std::array<float, 3>& deviation)
{
    Preprocessing recipe = cropRecipe(1.0, mean, deviation);
    recipe.fit = Fit::Squash;
    recipe.interpolation = interpolation;
    return recipe;
}

void fillPreprocessing(ModelSpec& spec, const TensorMap& map, const ConfigFacts& facts, const ModelOverrides& overrides)
{
    fillSize(spec, facts, overrides);
    Preprocessing& recipe = spec.preprocessing;
    recipe = familyRecipe(spec, map, facts);
    const bool told = facts.mean && (facts.fit || facts.cropFraction || facts.resizeShorter);
    if (!told)
        spec.assume(Severity::Doubtful, "The preprocessing was assumed: " + describe(recipe) + ".");
    if (facts.fit || facts.cropFraction || facts.resizeShorter) {
        recipe.fit = facts.fit.value_or(Fit::Crop);
        recipe.cropFraction = facts.cropFraction.value_or(recipe.cropFraction);
        recipe.resizeShorter = facts.resizeShorter.value_or(0);
    }
    recipe.interpolation = facts.interpolation.value_or(recipe.interpolation);
    recipe.mean = facts.mean.value_or(recipe.mean);
    recipe.deviation = facts.deviation.value_or(recipe.deviation);

    // A fixed number of pixels belongs to the size it was made for: keep the share of the picture instead.
    const int usual = facts.inputHeight.value_or(facts.imageHeight.value_or(spec.trainedGridHeight * spec.patchHeight));
    if (overrides.imageHeight && recipe.resizeShorter > 0 && *overrides.imageHeight != usual) {
        recipe.cropFraction = static_cast<double>(usual) / recipe.resizeShorter;
        recipe.resizeShorter = 0;
    }
    if (overrides.fit && *overrides.fit != recipe.fit) {
        recipe.fit = *overrides.fit;
        if (recipe.fit != Fit::Crop) {
            recipe.cropFraction = 1.0;  // both of the others are chosen to see the whole picture
            recipe.resizeShorter = 0;
        }
    }
    if (overrides.cropFraction) {
        recipe.cropFraction = *overrides.cropFraction;
        recipe.resizeShorter = 0;
    }
    takeShapeOfPicture(spec, facts, overrides);
    recipe.interpolation = overrides.interpolation.value_or(recipe.interpolation);
    recipe.mean = overrides.mean.value_or(recipe.mean);
    recipe.deviation = overrides.deviation.value_or(recipe.deviation);
    requirePossible(recipe);
}

}  // namespace vitrine
