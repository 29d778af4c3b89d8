// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/trace/trace.h"

namespace vitrine {

/// The class that a person names: a label, a number or a WordNet id. Throws Error.
int classNamed(const std::string& name, const ModelSpec& spec);

/// The same with its probability; the most probable class where `name` is empty. Throws Error, also where nothing ranks
/// the classes.
Prediction chosenClass(const std::string& name, const Trace& trace);

}  // namespace vitrine
