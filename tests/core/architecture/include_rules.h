// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace vitrine::test {

/// Path from the root with forward slashes -> text.
using Sources = std::map<std::string, std::string>;

/// All C++ files under core, ui and app.
Sources readSources(const std::filesystem::path& root);

/// Each breach of the order app -> ui -> core and of the orders of their folders, as "file:line: what is wrong".
std::vector<std::string> violations(const Sources& sources);

}  // namespace vitrine::test
