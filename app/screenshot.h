// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <functional>

namespace vitrine {

class MainWindow;

/// Waits until the window shows everything, goes to a place, waits again, saves the window as a picture and ends the
/// program: code 0, or 1 with one sentence on stderr. `arrange` is called once there is a trace; throws Error.
void takeScreenshot(MainWindow& window, const std::filesystem::path& path, std::function<void(MainWindow&)> arrange);

}  // namespace vitrine
