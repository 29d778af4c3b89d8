// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace vitrine {

/// Whether a file's name says that it is a picture.
bool isPicture(const std::filesystem::path& path);

/// Every picture in a folder and the folders in it, sorted; a file's own name where it is no folder. Throws Error when
/// there is none.
std::vector<std::string> picturesOf(const std::string& fileOrFolder);

}  // namespace vitrine
