// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

namespace vitrine {

/// How a figure was made: the arguments of the command without -o, and which files they named. One line of JSON.
std::string recipeOf(const std::vector<std::string>& arguments);

/// The arguments that make a figure again. Throws Error where `recipe`, read from the figure `file`, is none, or where a
/// file that it names is not the same any more.
std::vector<std::string> argumentsOf(const std::string& recipe, const std::string& file);

/// What the program was called with, from main() on: the recipe of every figure that it saves.
void setProgramArguments(std::vector<std::string> arguments);
const std::vector<std::string>& programArguments();

}  // namespace vitrine
