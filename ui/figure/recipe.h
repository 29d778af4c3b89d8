// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace vitrine {

/// The key in Figure::metadata under which a figure says how it was made: JSON on one line.
inline const QString recipeKey = QStringLiteral("Recipe");

/// What a .png, .svg or .pdf that saveFigure() wrote says under that key. Throws Error where it says nothing.
QString recipeIn(const QString& path);

}  // namespace vitrine
