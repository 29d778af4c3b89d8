// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>

namespace vitrine {

/// The folder with labels/, models/ and samples/. Empty until setResourceFolder(): then nothing bundled is found.
const std::filesystem::path& resourceFolder();

/// Called once by the program at its start, before other threads run.
void setResourceFolder(std::filesystem::path folder);

}  // namespace vitrine
