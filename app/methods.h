// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "core/explain/method.h"

namespace vitrine {

/// "chefer,legrad" or "all": of all those that suit the network, else each as named, once. Throws Error where a name is
/// unknown or does not suit.
std::vector<const Method*> parseMethods(const std::string& names, const ModelSpec& spec);

/// "smoothgrad.noise=0.2" into the query. Throws Error.
void parseParameter(const std::string& text, Query& query);

/// What every method is, for --help: sentence, formula, source, parameters.
std::string helpOfMethods();

}  // namespace vitrine
