// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPainter>
#include <QSizeF>
#include <QString>

#include <functional>
#include <utility>
#include <vector>

#include "core/output/arrays.h"

namespace vitrine {

/// What a picture shows, apart from where it is shown: the window paints it, saveFigure() writes it. Text, grids and
/// charts stay vectors in SVG and PDF because paint() draws them as such.
struct Figure {
    QString title;
    QSizeF size{640, 480};  ///< logical pixels
    /// Draws into the rectangle (0, 0) .. size. Light background: figures go into papers.
    std::function<void(QPainter&)> paint;
    std::vector<NamedArray> numbers;                    ///< behind the picture; the first one for .npy and .csv
    std::function<std::vector<Column>()> table;         ///< for .csv instead: a line a value, with its names; may be empty
    std::vector<std::pair<QString, QString>> metadata;  ///< model, picture, layer ...; Vitrine's version is added
    std::vector<Assumption> assumed;                    ///< about the model; with the numbers of a .npz
    bool transparent = false;                           ///< on no ground of its own, instead of white
    bool showsTitle = false;                            ///< it stands in the picture
    bool isWhole = true;                                ///< nothing of it is still to be computed
};

/// What was assumed about the model behind a finished figure: what is doubtful or worse becomes lines at its foot and
/// stands in its metadata.
void addAssumptions(Figure& figure, const std::vector<Assumption>& assumed);

/// One figure under another, as wide as the wider; numbers and metadata are the caller's.
Figure stacked(Figure upper, Figure lower);

/// With a title above it, unless it stands in it already, and a caption below it, both broken into lines; either may be empty.
Figure framed(Figure figure, const QString& title, const QString& caption);

/// Writes a figure by the suffix of `path`: .png (at `scale`, up to 32768 pixels a side), .svg, .pdf, or its numbers:
/// .csv, .npy, .npz. Under a temporary name, then renamed. Throws Error.
void saveFigure(const Figure& figure, const QString& path, double scale = 2);

/// The figure as pixels, for the clipboard and drags.
QImage renderFigure(const Figure& figure, double scale = 2);

/// ".png" ...: every suffix saveFigure() takes.
QStringList figureSuffixes();

}  // namespace vitrine
