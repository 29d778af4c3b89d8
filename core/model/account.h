// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/model/tensor_map.h"

namespace vitrine {

/// A tensor that does not change what the network computes from a picture: of the optimiser, of a decoder or a text
/// tower, a counter, an index buffer ... `inBlock`: it stands in a block of the network, where only the last two can be.
bool isHarmless(std::string_view name, bool inBlock);

/// Why a network with a tensor of this name is another one than Vitrine computes, as "it has rotary positions, as EVA":
/// empty when no reason is known. `within`: the name is the network's own, not of something beside it.
std::string foreignReason(std::string_view name, bool within);

/// The reason of the first tensor, in the order of the reasons' table, that has one: reason and the tensor's name.
std::string foreignReason(const std::vector<std::string>& names, bool within);

/// "this is not a ViT or TNT: REASON"
std::string notANetwork(const std::string& reason);

/// "\"a\", \"b\", \"c\" and 4 more"
std::string listed(const std::vector<std::string>& names);

/// Throws Error naming `unknown` tensors of the network itself, those of its blocks first; nothing where there are none.
void refuseUnknown(const std::vector<std::string>& unknown);

}  // namespace vitrine
