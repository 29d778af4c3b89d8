// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QPainter>

#include <optional>
#include <vector>

#include "core/base/ndarray.h"
#include "ui/picture/colour_map.h"

namespace vitrine {

/// How maps are drawn, the same for every view.
struct DisplaySettings {
    ColourMap colours = ColourMap::Magma;
    double opacity = 0.65;  ///< of the map over the picture
    bool heatmap = true;    ///< off: the picture alone
    bool byValue = false;   ///< opacity grows with the value: what weighs nothing leaves the picture as it is
    bool smooth = false;    ///< bilinear between cells instead of cells
    bool grid = true;
    bool sharedScale = false;         ///< one range for all layers and heads instead of each map's own
    bool logarithmic = false;         ///< colours by the logarithm of the weight
    bool ignoreOutliers = false;      ///< leave tokens with outlier norms out of range and mass
    double mass = 1.0;                ///< show only the cells that hold this part of the attention; 1: all
    std::optional<float> threshold;   ///< show only cells at or above this value
    std::optional<ValueRange> range;  ///< set by hand on the colour bar

    bool operator==(const DisplaySettings&) const = default;
};

/// One number per cell over a picture. Pure values: knows no widget.
struct Heatmap {
    std::vector<float> values;  ///< row-major, rows * columns
    int rows = 0, columns = 0;
    ValueRange range;
    std::vector<bool> marked;  ///< cells with outlier norms; empty: none
    ColourScale scale = ColourScale::Linear;
    bool isSigned = false;        ///< its range lies around 0, and its colours are those of two directions
    std::vector<QRgb> colours{};  ///< of the cells themselves, which have no values then; empty: none
};

/// `values` [rows, columns] from 0 to the largest of them, or, signed, as far below 0 as above; to 1 where all are 0.
Heatmap heatmapOf(const NdArray& values, bool isSigned);

/// The colour map that a map is painted with.
ColourMap coloursOf(const Heatmap& map, const DisplaySettings& display);

/// Draws `map` over the rectangle where its picture lies: colours at `opacity`, hidden cells left clear with a contour
/// around the shown ones, grid lines. `target` is the whole grid's rectangle in painter coordinates.
void paintHeatmap(QPainter& painter, const QRectF& target, const Heatmap& map, const DisplaySettings& display);

/// Lines between cells.
void paintGrid(QPainter& painter, const QRectF& target, int rows, int columns);

/// A value on a colour bar that means something.
struct BarMark {
    double value = 0;
    QString name;

    bool operator==(const BarMark&) const = default;
};

/// A vertical colour bar with its end and middle numbers to the right, `title` above, and a mark where it lies inside.
void paintColourBar(QPainter& painter, const QRectF& bar, ValueRange range, ColourMap map, const QColor& text,
                    const QString& title = {}, ColourScale scale = ColourScale::Linear,
                    const std::optional<BarMark>& mark = {});

/// Marks patches of their own: corners of outliers, the frame of what is pinned.
inline constexpr QRgb markColour = qRgb(95, 220, 255);
/// The frame of the token that is looked from: light between dark, seen on every colour map and picture.
void paintPinFrame(QPainter& painter, const QRectF& cell);

/// Draws an image of one pixel a cell over `target`, cells sharp or smooth, also in SVG and PDF.
void paintCells(QPainter& painter, const QRectF& target, QImage image, bool smooth = false);

/// Which cells paintHeatmap() shows under mass, threshold and outliers.
std::vector<bool> shownCells(const Heatmap& map, const DisplaySettings& display);

/// Where cell (row, column) lies in `target`.
QRectF cellRect(const QRectF& target, int rows, int columns, int row, int column);

/// The cell under `position`, row-major index; nothing outside `target`.
std::optional<int> cellAt(const QRectF& target, int rows, int columns, const QPointF& position);

/// Up to 4 significant digits: "0.0127", "3.2e-05", "12.5".
QString formatValue(double value);

}  // namespace vitrine
