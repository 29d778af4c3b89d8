// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "ui/panels/main_window.h"

namespace vitrine {

/// The window as the program opens it, with real networks.
std::unique_ptr<MainWindow> realWindow();

}  // namespace vitrine
