// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/picture/heatmap_painter.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <gtest/gtest.h>

#include "tests/ui/baseline.h"

using namespace vitrine;

namespace {

constexpr QRgb background = 0xff204060;

QImage canvas(int width, int height)
{
    QImage image(width, height, QImage::Format_RGB32);
    image.fill(background);
    return image;
}

Heatmap twoByThree(std::vector<float> values)
{
    return {std::move(values), 2, 3, {0, 1}, {}};
}

DisplaySettings plain()
{
    DisplaySettings display;
    display.opacity = 1;
    display.grid = false;
    return display;
}

QImage painted(const Heatmap& map, const DisplaySettings& display, int cell = 10)
{
    QImage image = canvas(map.columns * cell + 10, map.rows * cell + 10);
    QPainter painter(&image);
    paintHeatmap(painter, QRectF(5, 5, map.columns * cell, map.rows * cell), map, display);
    return image;
}

TEST(HeatmapPainter, EveryPixelOfACellHasItsColour)
{
    const Heatmap map = twoByThree({0, 0.2F, 0.4F, 0.6F, 0.8F, 1});
    const QImage image = painted(map, plain());
    for (int y = 0; y < image.height(); ++y)
        for (int x = 0; x < image.width(); ++x) {
            const auto cell = cellAt(QRectF(5, 5, 30, 20), 2, 3, QPointF(x + 0.5, y + 0.5));
            const QRgb wanted = cell ? colourAt(ColourMap::Magma, map.values[static_cast<std::size_t>(*cell)]) : background;
            ASSERT_EQ(image.pixel(x, y), wanted) << x << ' ' << y;
        }
}

TEST(HeatmapPainter, OpacityMixesWithThePicture)
{
    DisplaySettings display = plain();
    display.opacity = 0.5;
    display.colours = ColourMap::Grey;
    const QImage image = painted(twoByThree({1, 1, 1, 1, 1, 1}), display);
    EXPECT_NEAR(qRed(image.pixel(20, 15)), (255 + 0x20) / 2, 1);
    EXPECT_NEAR(qBlue(image.pixel(20, 15)), (255 + 0x60) / 2, 1);
}

TEST(HeatmapPainter, SwitchedOffLeavesThePictureAlone)
{
    DisplaySettings display = plain();
    display.heatmap = false;
    display.mass = 0.5;
    EXPECT_EQ(painted(twoByThree({1, 1, 1, 1, 1, 1}), display), canvas(40, 30));
}

TEST(HeatmapPainter, NotANumberIsClear)
{
    const QImage image = painted(twoByThree({1, NAN, 1, 1, 1, 1}), plain());
    EXPECT_EQ(image.pixel(20, 10), background);
    EXPECT_NE(image.pixel(10, 10), background);
}

TEST(HeatmapPainter, MassKeepsTheStrongestCellsAndDrawsTheirContour)
{
    const Heatmap map = twoByThree({0.5F, 0.3F, 0.1F, 0.05F, 0.03F, 0.02F});
    DisplaySettings display = plain();
    display.mass = 0.75;
    EXPECT_EQ(shownCells(map, display), (std::vector<bool>{true, true, false, false, false, false}));
    const QImage image = painted(map, display);
    EXPECT_EQ(image.pixel(30, 10), background);
    EXPECT_EQ(image.pixel(10, 20), background);
    EXPECT_EQ(image.pixel(10, 10), colourAt(ColourMap::Magma, 0.5F));
    // The contour lies on the border between the second and the third cell.
    EXPECT_GT(qGreen(image.pixel(25, 10)), 200);
    // ... and not between the two shown ones.
    EXPECT_LT(qGreen(image.pixel(15, 10)), 200);
}

TEST(HeatmapPainter, ThresholdAndOutliersHideCells)
{
    Heatmap map = twoByThree({0.9F, 0.3F, 0.5F, 0.1F, 0.2F, 0.4F});
    DisplaySettings display = plain();
    display.threshold = 0.4F;
    EXPECT_EQ(shownCells(map, display), (std::vector<bool>{true, false, true, false, false, true}));
    map.marked = {true, false, false, false, false, false};
    display.ignoreOutliers = true;
    EXPECT_EQ(shownCells(map, display), (std::vector<bool>{false, false, true, false, false, true}));
    // Without the outlier, two cells carry half of the rest.
    display.threshold.reset();
    display.mass = 0.55;
    EXPECT_EQ(shownCells(map, display), (std::vector<bool>{false, false, true, false, false, true}));
}

TEST(HeatmapPainter, GridLinesLieBetweenCellsOnly)
{
    DisplaySettings display = plain();
    display.colours = ColourMap::Grey;
    display.grid = true;
    const QImage image = painted(twoByThree({0, 0, 0, 0, 0, 0}), display);
    EXPECT_GT(qRed(image.pixel(15, 10)), 40);
    EXPECT_GT(qRed(image.pixel(10, 15)), 40);
    EXPECT_EQ(image.pixel(10, 10), qRgb(0, 0, 0));
    EXPECT_EQ(image.pixel(2, 15), background);
}

TEST(HeatmapPainter, SmoothRunsBetweenCells)
{
    DisplaySettings display = plain();
    display.colours = ColourMap::Grey;
    display.smooth = true;
    const QImage image = painted({{0, 1}, 1, 2, {0, 1}, {}}, display, 40);
    const int left = qRed(image.pixel(30, 20)), middle = qRed(image.pixel(45, 20)), right = qRed(image.pixel(60, 20));
    EXPECT_LT(left, middle);
    EXPECT_LT(middle, right);
    EXPECT_NEAR(middle, 128, 12);
}

TEST(HeatmapPainter, OutliersAreMarkedInACorner)
{
    Heatmap map = twoByThree({0, 0, 0, 0, 0, 0});
    map.marked = {false, false, false, false, true, false};
    const QImage image = painted(map, plain(), 20);
    EXPECT_GT(qBlue(image.pixel(5 + 38, 5 + 22)), 150);
    EXPECT_EQ(image.pixel(5 + 24, 5 + 36), colourAt(ColourMap::Magma, 0));
}

TEST(HeatmapPainter, CellsAndPositionsAgree)
{
    const QRectF target(3.5, 7.25, 101, 53);
    for (int row = 0; row < 7; ++row)
        for (int column = 0; column < 9; ++column)
            EXPECT_EQ(cellAt(target, 7, 9, cellRect(target, 7, 9, row, column).center()), row * 9 + column);
    EXPECT_FALSE(cellAt(target, 7, 9, QPointF(3.4, 20)));
    EXPECT_FALSE(cellAt(target, 7, 9, QPointF(104.6, 20)));
    EXPECT_FALSE(cellAt(QRectF(), 7, 9, QPointF()));
    EXPECT_FALSE(cellAt(target, 0, 0, target.center()));
}

TEST(HeatmapPainter, ColourBarRunsFromTheLowEndUp)
{
    QImage image = canvas(120, 140);
    QPainter painter(&image);
    paintColourBar(painter, QRectF(10, 20, 12, 100), {0, 0.041F}, ColourMap::Viridis, Qt::white);
    painter.end();
    const auto isNear = [&](int y, float position) {
        const QRgb a = image.pixel(16, y), b = colourAt(ColourMap::Viridis, position);
        return std::abs(qRed(a) - qRed(b)) + std::abs(qGreen(a) - qGreen(b)) + std::abs(qBlue(a) - qBlue(b)) < 9;
    };
    EXPECT_TRUE(isNear(118, 0.015F));
    EXPECT_TRUE(isNear(70, 0.495F));
    EXPECT_TRUE(isNear(22, 0.975F));
    int drawn = 0;
    for (int y = 0; y < 140; ++y)
        for (int x = 30; x < 120; ++x)
            drawn += image.pixel(x, y) != background;
    EXPECT_GT(drawn, 30) << "no numbers beside the bar";
}

TEST(HeatmapPainter, LooksAsItDid)
{
    Heatmap map{{}, 6, 8, {0, 1}, std::vector<bool>(48)};
    for (int i = 0; i < 48; ++i)
        map.values.push_back(static_cast<float>(i * 29 % 48) / 47);
    map.marked[19] = true;
    DisplaySettings display;
    display.mass = 0.7;
    expectBaseline(painted(map, display, 16), "heatmap");
}

TEST(HeatmapPainter, NumbersAreShort)
{
    EXPECT_EQ(formatValue(0.0127), u"0.0127");
    EXPECT_EQ(formatValue(3.2e-5), u"3.2e-05");
    EXPECT_EQ(formatValue(12.5), u"12.5");
    EXPECT_EQ(formatValue(1.0 / 3), u"0.333");
    EXPECT_EQ(formatValue(0), u"0");
    EXPECT_EQ(formatValue(std::nan("")), u"not a number");
}

TEST(HeatmapPainter, OpacityByValueLeavesThePictureWhereNothingWeighs)
{
    DisplaySettings display = plain();
    display.byValue = true;
    const QImage image = painted(twoByThree({0, 0.25F, 0.5F, 0.75F, 1, 0}), display);
    const auto at = [&](int cell) { return image.pixel(10 + cell % 3 * 10, 10 + cell / 3 * 10); };
    EXPECT_EQ(at(0), background);
    EXPECT_EQ(at(5), background);
    EXPECT_EQ(at(4), colourAt(ColourMap::Magma, 1)) << "the largest is as opaque as the map";
    const QRgb half = colourAt(ColourMap::Magma, 0.5F);
    EXPECT_NEAR(qRed(at(2)), (qRed(half) + qRed(background)) / 2, 2);
    EXPECT_NEAR(qBlue(at(2)), (qBlue(half) + qBlue(background)) / 2, 2);
}

double luminance(QRgb colour)
{
    const auto linear = [](int channel) {
        const double value = channel / 255.0;
        return value <= 0.03928 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * linear(qRed(colour)) + 0.7152 * linear(qGreen(colour)) + 0.0722 * linear(qBlue(colour));
}

double contrast(QRgb a, QRgb b)
{
    const double first = luminance(a), second = luminance(b);
    return (std::max(first, second) + 0.05) / (std::min(first, second) + 0.05);
}

TEST(HeatmapPainter, PinFrameIsSeenOnEveryColour)
{
    for (int map = 0; map <= static_cast<int>(ColourMap::Diverging); ++map)
        for (int step = 0; step <= 20; ++step) {
            const QRgb fill = colourAt(static_cast<ColourMap>(map), static_cast<float>(step) / 20);
            QImage image(40, 40, QImage::Format_RGB32);
            image.fill(fill);
            QPainter painter(&image);
            paintPinFrame(painter, QRectF(10, 10, 20, 20));
            painter.end();
            double most = 1;
            for (int x = 5; x < 16; ++x)
                most = std::max(most, contrast(image.pixel(x, 20), fill));
            EXPECT_GE(most, 3) << map << ' ' << step;
        }
}

TEST(ColourBar, MarksAValueInsideItsRange)
{
    const auto bar = [](const std::optional<BarMark>& mark) {
        QImage image(120, 200, QImage::Format_RGB32);
        image.fill(Qt::white);
        QPainter painter(&image);
        paintColourBar(painter, QRectF(10, 10, 12, 180), {0, 0.2F}, ColourMap::Magma, Qt::black, {}, ColourScale::Linear, mark);
        return image;
    };
    const QImage without = bar({});
    EXPECT_EQ(bar(BarMark{0.3, QStringLiteral("uniform")}), without) << "outside";
    const QImage with = bar(BarMark{0.05, QStringLiteral("uniform")});
    EXPECT_NE(with, without);
    const int y = 10 + 180 * 3 / 4;
    int dark = 0;
    for (int row = y - 1; row <= y + 1; ++row)
        dark += qGray(with.pixel(24, row)) < 128 ? 1 : 0;
    EXPECT_GT(dark, 0) << "its line reaches out of the bar";
}

}  // namespace
