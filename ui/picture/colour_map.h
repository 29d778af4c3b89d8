// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QString>

#include <optional>
#include <span>

namespace vitrine {

enum class ColourMap { Magma, Viridis, Cividis, Inferno, Turbo, Grey, Diverging };

/// "magma" ...; what the command line takes and the menu shows.
QString toString(ColourMap map);
std::optional<ColourMap> colourMapFromString(const QString& name);

/// The colour of `position` 0..1 (clamped; NaN gives a transparent pixel).
QRgb colourAt(ColourMap map, float position);

/// The numbers at the two ends of a colour bar.
struct ValueRange {
    float low = 0, high = 1;
    bool operator==(const ValueRange&) const = default;
};

/// Smallest and largest finite value; {0, 1} when there is none, and never empty (high > low).
ValueRange rangeOf(std::span<const float> values);

/// How numbers become positions on a colour map. Logarithmic wants a range above 0.
enum class ColourScale { Linear, Logarithmic };

/// Where `value` lies between the two ends, 0..1 inside the range.
float positionOf(float value, ValueRange range, ColourScale scale);

/// One pixel a value, row-major, columns x rows.
QImage colourImage(std::span<const float> values, int columns, int rows, ValueRange range, ColourMap map,
                   ColourScale scale = ColourScale::Linear);

}  // namespace vitrine
