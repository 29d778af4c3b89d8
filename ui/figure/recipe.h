// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace vitrine {

/// The key in Figure::metadata under which a figure says how it was made: JSON on one line.
inline const QString recipeKey = QStringLiteral("Recipe");

/// JSON on one line with its spaces written so that a .png keeps them: a reader of its texts makes one of several.
QString withKeptSpaces(const QString& json);

/// What a .png, .svg or .pdf that saveFigure() wrote says under that key, or a .json as a whole. Throws Error where it says nothing.
QString recipeIn(const QString& path);

}  // namespace vitrine
