// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/positions/position_tiles.h"

#include <gtest/gtest.h>

#include "core/explain/embeddings.h"
#include "tests/ui/baseline.h"
#include "tests/ui/fake_trace.h"

using namespace vitrine;

namespace {

PositionTiles sample()
{
    return {cosineSimilarity(fakePositions().resampled), 4, 5};
}

TEST(PositionTiles, TheSheetHoldsEveryCellOfEveryTile)
{
    const PositionTiles tiles = sample();
    const QImage sheet = tiles.sheet(ColourMap::Viridis);
    ASSERT_EQ(sheet.size(), QSize(5 * 6 - 1, 4 * 5 - 1));
    const auto colour = [&](int tile, int cell) {
        return colourAt(tiles.coloursFor(ColourMap::Viridis),
                        (tiles.similarity(tile, cell) - tiles.range().low) / (tiles.range().high - tiles.range().low));
    };
    EXPECT_EQ(sheet.pixel(0, 0), colour(0, 0));
    EXPECT_EQ(sheet.pixel(2 * 6 + 3, 1 * 5 + 2), colour(1 * 5 + 2, 2 * 5 + 3));
    EXPECT_EQ(qAlpha(sheet.pixel(5, 0)), 0) << "a gap between tiles";
    EXPECT_NEAR(tiles.similarity(7, 7), 1, 1e-5);
    EXPECT_EQ(tiles.range().low, -tiles.range().high) << "numbers below 0 are seen against their 0";
    EXPECT_EQ(tiles.coloursFor(ColourMap::Viridis), ColourMap::Diverging);
}

TEST(PositionTiles, EveryPositionBelongsToATile)
{
    const PositionTiles tiles = sample();
    const QRectF target(10, 20, 300, 200);
    for (int tile = 0; tile < 20; ++tile) {
        const QRectF rect = tiles.tileRect(target, tile);
        const auto middle = tiles.placeAt(target, rect.center());
        ASSERT_TRUE(middle);
        EXPECT_EQ(middle->tile, tile);
        EXPECT_EQ(tiles.placeAt(target, cellRect(rect, 4, 5, 3, 1).center()), (PositionTiles::Place{tile, 16}));
    }
    EXPECT_FALSE(tiles.placeAt(target, QPointF(9, 30)));
    EXPECT_FALSE(PositionTiles().placeAt(target, QPointF(20, 30)));
}

TEST(PositionTiles, EnlargingKeepsColours)
{
    QImage cells(2, 1, QImage::Format_RGB32);
    cells.setPixel(0, 0, qRgb(255, 0, 0));
    cells.setPixel(1, 0, qRgb(0, 0, 255));
    const QImage large = resampledCells(cells, {21, 9});
    EXPECT_EQ(large.size(), QSize(21, 9));
    EXPECT_EQ(large.pixel(3, 4), qRgb(255, 0, 0));
    EXPECT_EQ(large.pixel(17, 4), qRgb(0, 0, 255));
}

TEST(PositionTiles, LookAsTheyDid)
{
    QImage image(300, 240, QImage::Format_RGB32);
    image.fill(Qt::white);
    QPainter painter(&image);
    painter.drawImage(0, 0, resampledCells(sample().sheet(ColourMap::Viridis), image.size()));
    painter.end();
    expectBaseline(image, "position-tiles");
}

}  // namespace
