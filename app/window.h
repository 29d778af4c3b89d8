// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/common.h"

namespace vitrine {

struct WindowSetup;

/// What the command line says about the window.
struct WindowArguments {
    std::vector<std::string> files;  ///< pictures, folders, checkpoints, class names
    ModelOptions model;
    std::string screenshot;                               ///< empty: the window stays open
    int width = 0, height = 0;                            ///< logical pixels; 0: as it was, or the default
    std::string session;                                  ///< a .vitrine file; empty: none
    std::string view, layer, head, query, method, theme;  ///< empty: the defaults
    double scale = 0;                                     ///< device pixels per logical pixel; 0: the system's
};

void addWindow(CLI::App& app, WindowArguments& arguments);

/// What the program gives its window.
WindowSetup windowSetup(bool persistent);

/// Shows the window until it is closed, or saves a screenshot and ends. Returns the exit code. Throws Error.
int openWindow(int argc, char** argv, const WindowArguments& arguments);

}  // namespace vitrine
