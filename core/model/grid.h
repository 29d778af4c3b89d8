// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/model/config.h"
#include "core/model/model.h"

namespace vitrine {

struct Grid {
    int height = 0, width = 0;
    bool operator==(const Grid&) const = default;
    std::int64_t patches() const { return static_cast<std::int64_t>(height) * width; }
};

/// The grid that position embeddings were made for.
struct Positions {
    Grid grid;
    int prefix = 0;     ///< leading rows that belong to prefix tokens
    bool told = false;  ///< by a configuration or a person
    std::string doubt;  ///< what else would fit, a sentence; else empty
};

/// Sizes in pixels from which the grid may follow, the surest first.
struct KnownSizes {
    std::optional<Grid> said;     ///< --trained-size
    std::optional<Grid> trained;  ///< a configuration's
    std::optional<Grid> asked;    ///< --image-size: another one than the trained perhaps
};

KnownSizes knownSizes(const ConfigFacts& facts, const ModelOverrides& overrides);

/// Which of the rows belong to prefix tokens, and how the others lie: as a person or a configuration says, else as the
/// size that is asked for where it fits to the row, else in a square. `prefixes`: how many rows may belong to prefix
/// tokens, the likeliest first; of `squarePrefixes` a square alone is proof enough. Throws Error where nothing fits.
Positions layOutPositions(std::int64_t rows, const std::vector<int>& prefixes, const std::vector<int>& squarePrefixes,
                          const KnownSizes& sizes, const Grid& patch);

/// The largest size in pixels in a picture's shape (NaFlex) that is whole patches, at most `mostPatches` of them. Each side is
/// rounded up, at least to one patch; what transformers' bisection of the scale finds.
Grid sizeInShape(const Grid& picture, const Grid& patch, int mostPatches);

/// The largest square of `count` patches, if it is one.
std::optional<Grid> squareGrid(std::int64_t count);

}  // namespace vitrine
