// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPalette>

namespace vitrine {

enum class Theme { System, Dark, Light, Contrast };

QPalette darkPalette();
QPalette lightPalette();
/// Black and white with one colour, for whoever needs it.
QPalette contrastPalette();

/// The palette of the system, as it is, or one of ours; the window follows at once. GUI thread.
void applyTheme(Theme theme);

}  // namespace vitrine
