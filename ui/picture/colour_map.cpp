// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/picture/colour_map.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "ui/picture/colour_tables.h"

namespace vitrine {

namespace {

constexpr std::array<std::pair<ColourMap, const char*>, 7> names{{
    {ColourMap::Magma, "magma"},
    {ColourMap::Viridis, "viridis"},
    {ColourMap::Cividis, "cividis"},
    {ColourMap::Inferno, "inferno"},
    {ColourMap::Turbo, "turbo"},
    {ColourMap::Grey, "grey"},
    {ColourMap::Diverging, "diverging"},
}};

QRgb lookUp(const ColourTable& table, float position)
{
    if (std::isnan(position))
        return 0;
    const int index = static_cast<int>(std::clamp(position, 0.0F, 1.0F) * 256);
    return 0xff000000U | table[static_cast<std::size_t>(std::min(index, 255))];
}

}  // namespace

QString toString(ColourMap map)
{
    const auto* const found = std::ranges::find(names, map, &std::pair<ColourMap, const char*>::first);
    return QString::fromLatin1(found->second);
}

std::optional<ColourMap> colourMapFromString(const QString& name)
{
    for (const auto& [map, text] : names)
        if (name.compare(QLatin1String(text), Qt::CaseInsensitive) == 0)
            return map;
    return std::nullopt;
}

QRgb colourAt(ColourMap map, float position)
{
    return lookUp(colourTable(map), position);
}

ValueRange rangeOf(std::span<const float> values)
{
    ValueRange range{INFINITY, -INFINITY};
    for (const float value : values) {
        if (!std::isfinite(value))
            continue;
        range.low = std::min(range.low, value);
        range.high = std::max(range.high, value);
    }
    if (range.low > range.high)
        return {0, 1};
    if (range.low == range.high)
        range.high = range.low + std::max(1.0F, std::abs(range.low));
    return range;
}

float positionOf(float value, ValueRange range, ColourScale scale)
{
    if (!(range.high > range.low))
        return 0;
    if (scale == ColourScale::Linear)
        return (value - range.low) / (range.high - range.low);
    return value <= 0 ? 0 : std::log(value / range.low) / std::log(range.high / range.low);
}

QImage colourImage(std::span<const float> values, int columns, int rows, ValueRange range, ColourMap map, ColourScale scale)
{
    // Every pixel is opaque or wholly transparent, so that premultiplied and plain alpha are the same numbers.
    QImage image(columns, rows, QImage::Format_ARGB32_Premultiplied);
    const ColourTable& table = colourTable(map);
    const auto fill = [&](auto position) {
        for (int row = 0; row < rows; ++row) {
            auto* const line = reinterpret_cast<QRgb*>(image.scanLine(row));
            const float* const from = values.data() + static_cast<std::ptrdiff_t>(row) * columns;
            for (int column = 0; column < columns; ++column)
                line[column] = lookUp(table, position(from[column]));
        }
    };
    // As positionOf(), with what is the same for all pixels done once.
    if (scale == ColourScale::Linear) {
        const float factor = range.high > range.low ? 1 / (range.high - range.low) : 0;
        fill([=](float value) { return (value - range.low) * factor; });
    } else {
        const float low = std::log(range.low), factor = 1 / (std::log(range.high) - low);
        fill([=](float value) { return value <= 0 ? 0 : (std::log(value) - low) * factor; });
    }
    return image;
}

}  // namespace vitrine
