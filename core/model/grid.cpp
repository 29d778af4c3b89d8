// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/grid.h"

#include <algorithm>
#include <cmath>

#include "core/base/error.h"

namespace vitrine {

namespace {

std::string text(const Grid& grid)
{
    return std::to_string(grid.height) + "x" + std::to_string(grid.width);
}

std::optional<Positions> matching(std::int64_t rows, const std::vector<int>& prefixes, const std::optional<Grid>& size,
                                  const Grid& patch)
{
    if (!size || patch.height < 1 || patch.width < 1)
        return std::nullopt;
    const Grid grid{size->height / patch.height, size->width / patch.width};
    for (const int prefix : prefixes) {
        if (grid.patches() == rows - prefix)
            return Positions{grid, prefix, true, {}};
    }
    return std::nullopt;
}

std::optional<Positions> square(std::int64_t rows, const std::vector<int>& prefixes)
{
    for (const int prefix : prefixes) {
        if (const std::optional<Grid> grid = squareGrid(rows - prefix))
            return Positions{*grid, prefix, false, {}};
    }
    return std::nullopt;
}

std::optional<Grid> sizeOf(const std::optional<int>& height, const std::optional<int>& width)
{
    return height && width ? std::optional(Grid{*height, *width}) : std::nullopt;
}

}  // namespace

std::optional<Grid> squareGrid(std::int64_t count)
{
    const auto side = static_cast<std::int64_t>(std::llround(std::sqrt(static_cast<double>(count))));
    if (count < 1 || side * side != count)
        return std::nullopt;
    return Grid{static_cast<int>(side), static_cast<int>(side)};
}

Grid sizeInShape(const Grid& picture, const Grid& patch, int mostPatches)
{
    constexpr double Precision = 1e-5;
    const auto scaled = [](double scale, int side, int patchSide) {
        return std::max(1, static_cast<int>(std::ceil(side * scale / patchSide))) * patchSide;
    };
    const auto size = [&](double scale) {
        return Grid{scaled(scale, picture.height, patch.height), scaled(scale, picture.width, patch.width)};
    };
    double low = Precision / 10, high = 100;
    while (high - low >= Precision) {
        const double middle = (low + high) / 2;
        const Grid found = size(middle);
        (Grid{found.height / patch.height, found.width / patch.width}.patches() <= mostPatches ? low : high) = middle;
    }
    return size(low);
}

KnownSizes knownSizes(const ConfigFacts& facts, const ModelOverrides& overrides)
{
    const std::optional<Grid> trained = sizeOf(facts.imageHeight, facts.imageWidth);
    return {sizeOf(overrides.trainedHeight, overrides.trainedWidth),
            trained ? trained : sizeOf(facts.inputHeight, facts.inputWidth),
            sizeOf(overrides.imageHeight, overrides.imageWidth)};
}

Positions layOutPositions(std::int64_t rows, const std::vector<int>& prefixes, const std::vector<int>& squarePrefixes,
                          const KnownSizes& sizes, const Grid& patch)
{
    if (const auto found = matching(rows, prefixes, sizes.said, patch))
        return *found;
    if (sizes.said)
        throw Error("pictures of " + text(*sizes.said) + " in patches of " + text(patch) + " do not make the "
                    + std::to_string(rows) + " rows that the position embeddings have: correct --trained-size");
    if (const auto found = matching(rows, prefixes, sizes.trained, patch))
        return *found;
    const std::optional<Positions> squared = square(rows, squarePrefixes);
    if (auto found = matching(rows, prefixes, sizes.asked, patch)) {
        if (squared && squared->grid != found->grid)
            found->doubt = "The position embeddings were taken to be made for the size that is asked for, a grid of "
                           + text(found->grid) + "; they would fit a square of " + text(squared->grid)
                           + " as well: --trained-size says which.";
        return *found;
    }
    if (squared)
        return *squared;
    const int ofPrefix = squarePrefixes.empty() ? 0 : squarePrefixes.front();
    const std::string rest = ofPrefix == 0 ? ""
                                           : " (" + std::to_string(rows - ofPrefix) + " without those of the prefix tokens)";
    throw Error("the position embeddings have " + std::to_string(rows) + " rows" + rest
                + ", which is no square grid: say for which picture size they were made with --trained-size HxW");
}

}  // namespace vitrine
