// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/picture/colour_map.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

using namespace vitrine;

namespace {

constexpr float notANumber = std::numeric_limits<float>::quiet_NaN();
constexpr ColourMap everyMap[] = {ColourMap::Magma, ColourMap::Viridis, ColourMap::Cividis,  ColourMap::Inferno,
                                  ColourMap::Turbo, ColourMap::Grey,    ColourMap::Diverging};

/// CIE L* of a colour.
double lightness(QRgb colour)
{
    const auto linear = [](int channel) {
        const double c = channel / 255.0;
        return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
    };
    const double y = 0.2126 * linear(qRed(colour)) + 0.7152 * linear(qGreen(colour)) + 0.0722 * linear(qBlue(colour));
    return y > 0.008856 ? 116 * std::cbrt(y) - 16 : 903.3 * y;
}

TEST(ColourMap, NamesGoBothWays)
{
    for (const ColourMap map : everyMap)
        EXPECT_EQ(colourMapFromString(toString(map)), map);
    EXPECT_EQ(toString(ColourMap::Magma), u"magma");
    EXPECT_EQ(colourMapFromString(QStringLiteral("Viridis")), ColourMap::Viridis);
    EXPECT_FALSE(colourMapFromString(QStringLiteral("jet")));
}

TEST(ColourMap, EndsAreThoseOfTheOriginalTables)
{
    EXPECT_EQ(colourAt(ColourMap::Magma, 0), qRgb(0, 0, 4));
    EXPECT_EQ(colourAt(ColourMap::Magma, 1), qRgb(252, 253, 191));
    EXPECT_EQ(colourAt(ColourMap::Viridis, 0), qRgb(68, 1, 84));
    EXPECT_EQ(colourAt(ColourMap::Viridis, 1), qRgb(253, 231, 37));
    EXPECT_EQ(colourAt(ColourMap::Grey, 0.5F), qRgb(128, 128, 128));
}

TEST(ColourMap, PositionsAreClampedAndNotANumberIsTransparent)
{
    for (const ColourMap map : everyMap) {
        EXPECT_EQ(colourAt(map, -3), colourAt(map, 0));
        EXPECT_EQ(colourAt(map, INFINITY), colourAt(map, 1));
        EXPECT_EQ(qAlpha(colourAt(map, notANumber)), 0);
        EXPECT_EQ(qAlpha(colourAt(map, 0.3F)), 255);
    }
}

TEST(ColourMap, SequentialMapsGetLighterAllTheWay)
{
    for (const ColourMap map : {ColourMap::Magma, ColourMap::Viridis, ColourMap::Cividis, ColourMap::Inferno, ColourMap::Grey})
        for (int i = 8; i < 256; i += 8)
            EXPECT_GT(lightness(colourAt(map, i / 255.0F)), lightness(colourAt(map, (i - 8) / 255.0F)))
                << toString(map).toStdString() << ' ' << i;
}

TEST(ColourMap, DivergingIsLightestInTheMiddleAndAlikeAtBothEnds)
{
    const double middle = lightness(colourAt(ColourMap::Diverging, 0.5F));
    EXPECT_GT(middle, 94);
    EXPECT_NEAR(lightness(colourAt(ColourMap::Diverging, 0.25F)), lightness(colourAt(ColourMap::Diverging, 0.75F)), 8);
    EXPECT_NEAR(lightness(colourAt(ColourMap::Diverging, 0)), lightness(colourAt(ColourMap::Diverging, 1)), 8);
    EXPECT_LT(lightness(colourAt(ColourMap::Diverging, 0)), middle - 50);
}

TEST(ColourMap, RangeSkipsWhatIsNotFiniteAndIsNeverEmpty)
{
    const std::vector<float> values{2, notANumber, -1, INFINITY, 5};
    EXPECT_EQ(rangeOf(values), (ValueRange{-1, 5}));
    EXPECT_EQ(rangeOf({}), (ValueRange{0, 1}));
    const std::vector<float> none{notANumber};
    EXPECT_EQ(rangeOf(none), (ValueRange{0, 1}));
    for (const float value : {0.0F, 0.25F, -1e30F, 3e38F}) {
        const std::vector<float> constant{value, value};
        EXPECT_GT(rangeOf(constant).high, rangeOf(constant).low) << value;
    }
}

TEST(ColourMap, ImageHasOnePixelAValue)
{
    const std::vector<float> values{0, 0.5F, 1, 2, notANumber, -1};
    const QImage image = colourImage(values, 3, 2, {0, 1}, ColourMap::Viridis);
    ASSERT_EQ(image.size(), QSize(3, 2));
    EXPECT_EQ(image.pixel(0, 0), colourAt(ColourMap::Viridis, 0));
    EXPECT_EQ(image.pixel(1, 0), colourAt(ColourMap::Viridis, 0.5F));
    EXPECT_EQ(image.pixel(2, 0), colourAt(ColourMap::Viridis, 1));
    EXPECT_EQ(image.pixel(0, 1), colourAt(ColourMap::Viridis, 1));
    EXPECT_EQ(qAlpha(image.pixel(1, 1)), 0);
    EXPECT_EQ(image.pixel(2, 1), colourAt(ColourMap::Viridis, 0));
}

TEST(ColourMap, LogarithmicPositionsAreEvenInDecades)
{
    const ValueRange range{0.001F, 1};
    EXPECT_NEAR(positionOf(0.001F, range, ColourScale::Logarithmic), 0, 1e-6);
    EXPECT_NEAR(positionOf(0.1F, range, ColourScale::Logarithmic), 2 / 3.0, 1e-6);
    EXPECT_EQ(positionOf(0, range, ColourScale::Logarithmic), 0);
    EXPECT_TRUE(std::isnan(positionOf(notANumber, range, ColourScale::Logarithmic)));
    const float values[] = {0, 0.001F, 0.03F, 1, notANumber};
    const QImage image = colourImage(values, 5, 1, range, ColourMap::Magma, ColourScale::Logarithmic);
    EXPECT_EQ(image.pixel(0, 0), colourAt(ColourMap::Magma, 0));
    for (int i = 0; i < 4; ++i)
        EXPECT_EQ(image.pixel(i, 0), colourAt(ColourMap::Magma, positionOf(values[i], range, ColourScale::Logarithmic))) << i;
    EXPECT_EQ(qAlpha(image.pixel(4, 0)), 0);
}

}  // namespace
