// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/checkpoint/checkpoint.h"
#include "core/model/config.h"
#include "core/model/dialects.h"
#include "core/model/grid.h"
#include "core/model/model.h"

namespace vitrine {

/// The tensors of a checkpoint whose names begin with a prefix, by what follows it.
class Below {
public:
    Below(const Checkpoint& checkpoint, std::string prefix)
        : m_checkpoint(checkpoint)
        , m_prefix(std::move(prefix))
    {
    }
    const TensorInfo* find(std::string_view name) const { return m_checkpoint.find(m_prefix + std::string(name)); }
    bool has(std::string_view name) const { return find(name) != nullptr; }

private:
    const Checkpoint& m_checkpoint;
    std::string m_prefix;
};

/// What else a family has to decide by.
struct FamilyFacts {
    const TensorMap& map;
    const ConfigFacts& config;
    const ModelOverrides& said;
};

/// What a family says beside the ModelSpec: how the rest is read, and how surely it is known.
struct FamilySays {
    std::vector<std::string> guesses;  ///< usual choices alone ("exact GELU (--activation)"), which are said to people
    bool numerics = true;              ///< epsilon and activation are its own; false: usual choices, and said
    bool pool = false;                 ///< and so is what its head reads
    bool headNorm = false;             ///< and the epsilon of a norm in its head
    bool patchesAlone = false;         ///< position embeddings may be for the patches alone
    bool squareIsOfPatches = false;    ///< ... and are so where they make a square
    bool registersHaveRows = false;    ///< of the position embeddings, as a rule
    bool cutsPixels = false;           ///< TNT: its stem cuts a patch into inner tokens without an overlap
    int headWidth = 0;                 ///< of all its heads; 0: 64, but for the widths of some published networks
};

/// A family of checkpoints, in one file of core/model/families: how it is recognised, the names of its tensors, and what
/// no tensor of it tells. Functions may be null. An "extern const Family" of that folder is found by the build.
struct Family {
    std::string_view source;  ///< ModelSpec::source, unless tensors() says another one
    std::string_view kind;    ///< for people, among the networks that a file holds: "CLIP image network"
    std::string_view anchor;  ///< its first layer: what stands before it is the network's prefix
    bool (*recognise)(const Below& names) = nullptr;  ///< null: the anchor is proof enough
    bool general = false;                             ///< what it is recognised by more special families have, too
    Dialect names = {};
    std::span<const std::string_view> beside = {};  ///< beginnings of names beside the network that belong to its other half
    /// What renaming alone does not do. Throws Error for what only its tensors tell.
    void (*tensors)(const NameTable& table, TensorMap& map) = nullptr;
    /// Before configuration and person have their say: epsilon, activation, positions, pooling.
    void (*facts)(ModelSpec& spec, const FamilyFacts& facts, FamilySays& told) = nullptr;
    std::optional<Preprocessing> (*recipe)(const ModelSpec& spec, const ConfigFacts& config) = nullptr;
    /// Once the input's size is known: tensors that are made for it. The recipes that it changes have the new shapes.
    void (*sized)(ModelSpec& spec, TensorMap& map, const ConfigFacts& config) = nullptr;
    /// Those of a grid [1, N, width], where they are a formula and no tensor.
    NdArray (*positions)(const Grid& grid, int width) = nullptr;
    /// What the numbers alone tell, once names and shapes have been read.
    void (*numbers)(TensorMap& map, const Checkpoint& checkpoint) = nullptr;
    /// Throws Error for a network with the same names that is another one.
    void (*check)(const NameTable& table) = nullptr;
    TensorMap (*map)(const NameTable& table) = nullptr;  ///< in the place of `names`, where arrays have other shapes
    bool leavesOutEmpty = false;                         ///< a tensor without numbers is none
    bool headEndsInTanh = false;                         ///< a Sequential's, where it has more than one part
    bool blocksOutside = false;                          ///< the blocks may stand beside the prefix that the rest has
};

/// All of them; of those with the same anchor the first that recognises its tensors takes a network: general ones, and those
/// that recognise nothing, come last.
std::span<const Family* const> families();

/// The same by file and place in it; the build writes it.
std::span<const Family* const> unorderedFamilies();

/// Of the shorter side's crop, and of both sides at once.
Preprocessing cropRecipe(double fraction, const std::array<float, 3>& mean, const std::array<float, 3>& deviation);
Preprocessing squashRecipe(Interpolation interpolation, const std::array<float, 3>& mean,
                           const std::array<float, 3>& deviation);

inline constexpr std::array<float, 3> HalfMean{0.5F, 0.5F, 0.5F};
inline constexpr std::array<float, 3> ImageNetMean{0.485F, 0.456F, 0.406F};
inline constexpr std::array<float, 3> ImageNetDeviation{0.229F, 0.224F, 0.225F};
inline constexpr std::array<float, 3> ClipMean{0.48145466F, 0.4578275F, 0.40821073F};
inline constexpr std::array<float, 3> ClipDeviation{0.26862954F, 0.26130258F, 0.27577711F};

}  // namespace vitrine
