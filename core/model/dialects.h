// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "core/model/tensor_map.h"

namespace vitrine {

/// A tensor's name in the file, and under timm's names. A name that ends in a dot stands for its "weight" and its "bias",
/// any other for itself. An empty `to`: a tensor that the forward pass does not use.
struct Rule {
    std::string_view from, to;
};

/// The names of one family: how its blocks are numbered, the names in a block and outside of the blocks.
struct Dialect {
    std::span<const std::string_view> blocks;
    std::span<const Rule> inBlock, outside;
};

enum class Fate { Renamed, LeftOut, Unknown };

struct NewName {
    Fate fate = Fate::Unknown;
    std::string name;
    bool inBlock = false;
};

/// Where the tensor of this name goes. `name` has no prefix any more.
NewName renamed(const Dialect& dialect, std::string_view name);

}  // namespace vitrine
