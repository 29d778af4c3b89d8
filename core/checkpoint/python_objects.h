// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include "core/checkpoint/pickle_graph.h"

namespace vitrine {

/// The few classes of Python's own that only hold values: dicts, sets, lists, byte strings in protocol 2's spelling.
/// Nothing for any other name or for arguments of another form.
std::optional<PickleRef> buildPython(PickleGraph& graph, const GlobalName& name, const std::vector<PickleRef>& arguments);

}  // namespace vitrine
