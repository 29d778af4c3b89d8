// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPalette>

namespace vitrine {

enum class Theme { System, Dark, Light };

QPalette darkPalette();
QPalette lightPalette();

/// Fusion with the palette of the system or one of ours; the window follows at once. GUI thread.
void applyTheme(Theme theme);

} // namespace vitrine
