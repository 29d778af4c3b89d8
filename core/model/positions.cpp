// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <span>

#include "core/base/error.h"
#include "core/model/account.h"
#include "core/model/structure.h"

namespace vitrine {

namespace {

/// Rows of zeros between CLS and the patches for registers that the file gives no positions (DINOv2).
void padRegisterPositions(TensorMap& map, int cls, int registers)
{
    TensorRecipe& positions = map.tensors.at("pos_embed");
    const std::int64_t width = positions.shape[2];
    const Shape shape{1, positions.shape[1] + registers, width};
    positions.read = [read = positions.read, shape, width, cls, registers](const Checkpoint& checkpoint) {
        const NdArray from = read(checkpoint);
        std::vector<float> values(static_cast<std::size_t>(elementCount(shape)), 0.0F);
        const std::span<const float> rows = from.values();
        const auto head = static_cast<std::size_t>(cls * width);
        std::copy_n(rows.data(), head, values.data());
        std::copy(rows.begin() + static_cast<std::ptrdiff_t>(head), rows.end(),
                  values.begin() + static_cast<std::ptrdiff_t>(head + static_cast<std::size_t>(registers * width)));
        return NdArray(shape, std::move(values));
    };
    positions.shape = shape;
}

void computePositions(const Structure& read)
{
    if (!read.map.family || !read.map.family->positions)
        throw Error(notANetwork("it has no learned position embeddings (\"pos_embed\"); it may have relative or rotary ones"));
    const KnownSizes sizes = knownSizes(read.facts, read.overrides);
    const std::optional<Grid> size = sizes.said ? sizes.said : sizes.trained ? sizes.trained : sizes.asked;
    if (!size)
        throw Error("its positions are computed, as SimpleViT's, and the file does not say for which picture size: give "
                    "it with --image-size");
    const Grid grid{size->height / read.spec.patchHeight, size->width / read.spec.patchWidth};
    const int width = read.spec.width;
    if (width % 4 != 0 || width < 8 || grid.patches() < 1 || grid.patches() > MaxWidth)
        throw Error("its positions cannot be computed for pictures of " + std::to_string(size->height) + "x"
                    + std::to_string(size->width) + ": give the size it was made for with --image-size");
    const Shape shape{1, grid.patches(), width};
    read.map.tensors["pos_embed"] = {shape, {}, [formula = read.map.family->positions, grid, width](const Checkpoint&) {
                                         return formula(grid, width);
                                     }};
    read.spec.assume(Severity::Information,
                     "Its positions were computed (sines and cosines of column and row, as SimpleViT's).");
}

/// Positions for the patches alone: DeiT-III, networks with registers, MONAI's, and what a configuration names.
bool canLeaveOutPrefix(const Structure& read)
{
    return !read.spec.cls || read.spec.registers > 0 || read.spec.layerScale || read.told.patchesAlone
           || read.facts.positionsCoverPrefix == false;
}

void fillLearnedPositions(const Structure& read)
{
    ModelSpec& spec = read.spec;
    const int rows = axis(read.map, "pos_embed", 1, 3);
    const int own = (spec.cls ? 1 : 0) + (spec.distillation ? 1 : 0);
    std::vector<int> prefixes{own, 0};
    if (spec.registers > 0) {
        prefixes = read.told.registersHaveRows ? std::vector<int>{0, own + spec.registers, own}
                                               : std::vector<int>{own, 0, own + spec.registers};
    }
    // With a layer scale, CLS has no position as a rule: then a grid that is asked for fits by accident, if it does.
    if (read.facts.positionsCoverPrefix == false || (read.told.squareIsOfPatches && squareGrid(rows)))
        prefixes = {0};
    std::vector<int> square = prefixes;
    // FlexiViT's 15 x 15 positions leave CLS out, which nothing else in it tells.
    const bool flexi = rows == 225 && spec.patchHeight == 16 && spec.patchWidth == 16;
    if (!canLeaveOutPrefix(read) && !flexi)
        std::erase(square, 0);
    const Positions positions = layOutPositions(rows, prefixes, square, knownSizes(read.facts, read.overrides),
                                                {spec.patchHeight, spec.patchWidth});
    takeGrid(spec, positions);
    spec.positionsCoverPrefix = positions.prefix > 0;
    if (flexi && !positions.told && !spec.positionsCoverPrefix && !canLeaveOutPrefix(read))
        read.told.guesses.emplace_back("15x15 positions without one for CLS, as FlexiViT (--trained-size)");
    if (spec.registers > 0 && positions.prefix == own && own > 0)
        padRegisterPositions(read.map, own, spec.registers);
}

/// Rotary positions alone fit any grid: that of the size a configuration or a person names, else of 224 pixels.
void takeGridWithoutPositions(const Structure& read)
{
    constexpr int Usual = 224;
    const KnownSizes sizes = knownSizes(read.facts, read.overrides);
    const Grid size = sizes.said.value_or(sizes.trained.value_or(Grid{Usual, Usual}));
    read.spec.positionsCoverPrefix = false;
    if (read.spec.trainedGridHeight > 0)
        return;
    read.spec.trainedGridHeight = std::max(1, size.height / read.spec.patchHeight);
    read.spec.trainedGridWidth = std::max(1, size.width / read.spec.patchWidth);
}

}  // namespace

void takeGrid(ModelSpec& spec, const Positions& positions)
{
    spec.trainedGridHeight = positions.grid.height;
    spec.trainedGridWidth = positions.grid.width;
    if (!positions.doubt.empty())
        spec.assume(Severity::Doubtful, positions.doubt);
}

void readPositions(const Structure& read)
{
    if (!read.spec.learnedPositions) {
        takeGridWithoutPositions(read);
    } else if (read.spec.trainedGridHeight == 0) {
        if (!read.map.has("pos_embed"))
            computePositions(read);
        fillLearnedPositions(read);
    }
}

}  // namespace vitrine
