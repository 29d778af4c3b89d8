// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <limits>

#include <gtest/gtest.h>

#include "ui/figure/curve_figure.h"
#include "ui/figure/map_sheet.h"
#include "ui/figure/matrix_figure.h"

using namespace vitrine;

namespace {

long count(const QImage& image, QRgb colour)
{
    long found = 0;
    for (int y = 0; y < image.height(); ++y)
        for (int x = 0; x < image.width(); ++x)
            found += image.pixel(x, y) == colour;
    return found;
}

/// The middle of the pixels of one colour.
QPointF middle(const QImage& image, QRgb colour)
{
    double x = 0, y = 0;
    for (int row = 0; row < image.height(); ++row)
        for (int column = 0; column < image.width(); ++column)
            if (image.pixel(column, row) == colour) {
                x += column;
                y += row;
            }
    const auto found = static_cast<double>(count(image, colour));
    return {x / found, y / found};
}

TEST(MatrixFigure, HasRowZeroAtTheBottomAndLeavesWhatIsNoNumberWhite)
{
    const NdArray matrix({2, 3}, {1, 0, 0.5F, std::numeric_limits<float>::quiet_NaN(), 0.25F, 0.75F});
    const Figure figure = matrixFigure(heatmapOf(matrix, false), QStringLiteral("CKA"), QStringLiteral("t"),
                                       QStringLiteral("rows"), QStringLiteral("columns"));
    const QImage image = renderFigure(figure, 1);
    const DisplaySettings display;
    const auto colour = [&](float value) { return colourAt(display.colours, value) | 0xff000000; };
    // Cells are 40 pixels a side.
    for (const float value : {1.0F, 0.0F, 0.5F, 0.25F, 0.75F})
        EXPECT_GE(count(image, colour(value)), 40 * 40) << value;
    EXPECT_GT(middle(image, colour(0.5F)).y(), middle(image, colour(0.75F)).y());
    EXPECT_LT(middle(image, colour(0.25F)).x(), middle(image, colour(0.75F)).x());
    const QPointF above = middle(image, colour(1)) - QPointF(0, 40);
    EXPECT_EQ(image.pixel(above.toPoint()), qRgb(255, 255, 255));
}

TEST(MatrixFigure, OfSignedNumbersHasTheColoursOfTwoDirections)
{
    const Figure figure = matrixFigure(heatmapOf(NdArray({1, 2}, {-2, 1}), true), {}, {}, {}, {});
    const QImage image = renderFigure(figure, 1);
    EXPECT_GE(count(image, colourAt(ColourMap::Diverging, 0) | 0xff000000), 40 * 40);
    EXPECT_GE(count(image, colourAt(ColourMap::Diverging, 0.75F) | 0xff000000), 40 * 40);
}

TEST(MatrixFigure, OfManyLayersStaysReadable)
{
    const Figure figure = matrixFigure(heatmapOf(NdArray({49, 25}, std::vector<float>(49 * 25, 0.5F)), false),
                                       QStringLiteral("CKA"), {}, {}, {});
    EXPECT_LT(figure.size.height(), 600);
    EXPECT_FALSE(renderFigure(figure).isNull());
}

TEST(CurveFigure, DrawsEachCurveWhereItsValuesAre)
{
    const Figure figure = curveFigure({{QStringLiteral("high"), NdArray({3}, {0.75F, 0.75F, 0.75F}), Qt::red},
                                       {QStringLiteral("low"), NdArray({2}, {0.25F, 0.25F}), Qt::blue}},
                                      QStringLiteral("t"), QStringLiteral("x"), QStringLiteral("y"));
    const QImage image = renderFigure(figure, 1);
    // 480 pixels wide, 300 high, and 24 in the legend.
    EXPECT_GE(count(image, qRgb(255, 0, 0)), 480);
    int highest = image.height(), lowest = 0;
    for (int y = 0; y < 360; ++y) {
        const QRgb pixel = image.pixel(300, y);
        if (pixel == qRgb(255, 0, 0))
            highest = std::min(highest, y);
        if (pixel == qRgb(0, 0, 255))
            lowest = std::max(lowest, y);
    }
    EXPECT_NEAR(lowest - highest, 150, 3);
}

TEST(MapSheet, PanelsMayHaveColoursOfTheirOwn)
{
    QImage cells(2, 1, QImage::Format_RGB32);
    cells.setPixel(0, 0, qRgb(10, 200, 30));
    cells.setPixel(1, 0, qRgb(200, 10, 30));
    MapSheet sheet;
    sheet.picture = cells;
    sheet.sharedScale = false;
    sheet.panels = {{{}, cells, std::nullopt, {}}};
    const QImage image = renderFigure(mapSheet(sheet), 1);
    EXPECT_GT(count(image, qRgb(10, 200, 30)), 100);
    EXPECT_LT(middle(image, qRgb(10, 200, 30)).x(), middle(image, qRgb(200, 10, 30)).x());
}

}  // namespace
