// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <set>
#include <string>

#include "core/model/tensor_map.h"

namespace vitrine {

/// Finds the classification head by shape and place: a matrix that takes a token's D numbers (or CLS and mean, 2 D),
/// among the network's tensors that no rule knows, beside the network, or under a name that is known. Puts it into `map`
/// as "head.*" (a norm before it as "fc_norm.*", layers without anything between them folded into one), or says in
/// map.headProblem why it cannot be computed; a backbone's old head never stands for the one on top of it.
/// Returns the names in the file of all tensors that belong to heads.
std::set<std::string, std::less<>> findHead(const NameTable& table, const Names& unknown, TensorMap& map);

}  // namespace vitrine
