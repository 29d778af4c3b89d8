// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>

#include "ui/figure/figure.h"
#include "ui/figure/figure_style.h"
#include "ui/session/session_file.h"

namespace vitrine {

/// How a figure of the window is made: what each panel looks at, and what a person said about it.
struct FigureRecipe {
    FigureStyle style;
    std::vector<Session> panels;
    QString view{};  ///< the one whose figure it is, of one panel; empty: maps over pictures
};

/// One line of JSON, with what tells whether the files are the same (SHA-256, of a model above 64 MiB its length); empty where
/// something is of pixels that are no file.
QString toText(const FigureRecipe& recipe);

/// Whether a recipe is of this kind, not of a command.
bool isOfPanels(const QString& recipe);
/// Throws Error about `file`, from which the text was read: what in it is no recipe, or which file is not the same any more.
FigureRecipe figureRecipeFrom(const QString& text, const std::string& file);

/// A network as it is for a picture: one that takes pictures in their own shapes has that of this one.
using EngineForPicture = std::function<std::unique_ptr<Engine>(const ModelSource& source, const QString& picture)>;

/// The same figure of maps from its files; `text` stands in its metadata. Throws Error.
Figure madeAgain(const FigureRecipe& recipe, const QString& text, const EngineForPicture& engines);

}  // namespace vitrine
