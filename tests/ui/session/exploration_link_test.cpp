// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/exploration_link.h"

#include <gtest/gtest.h>

#include <QCoreApplication>

#include <algorithm>

#include "tests/ui/fake_trace.h"

namespace vitrine {

TEST(Counterpart, IsTheSamePatchWhereGridsAgree)
{
    const auto vit = fakeSpec({.registers = 2}), tnt = fakeSpec({.architecture = Architecture::Tnt});
    for (int patch = 0; patch < vit->patches(); ++patch)
        EXPECT_EQ(counterpart(vit->prefixTokens() + patch, *vit, *tnt), tnt->prefixTokens() + patch);
}

TEST(Counterpart, IsThePatchOverTheSamePlaceOtherwise)
{
    const auto coarse = fakeSpec({.gridHeight = 2, .gridWidth = 2}), fine = fakeSpec({.gridHeight = 4, .gridWidth = 6});
    EXPECT_EQ(counterpart(1 + 3, *coarse, *fine), 1 + 3 * 6 + 4) << "the middle of the lower right quarter";
    EXPECT_EQ(counterpart(1 + 23, *fine, *coarse), 1 + 3);
    EXPECT_EQ(counterpart(1 + 2, *fine, *coarse), 1 + 0);
}

TEST(Counterpart, GoesByNameForPrefixTokens)
{
    ModelSpec distilled = *fakeSpec({.registers = 1});
    distilled.distillation = true;
    const auto plain = fakeSpec({.registers = 4});
    EXPECT_EQ(counterpart(0, distilled, *plain), 0);
    EXPECT_EQ(counterpart(1, distilled, *plain), std::nullopt) << "no distillation token there";
    EXPECT_EQ(counterpart(2, distilled, *plain), 1) << "register 0";
    EXPECT_EQ(counterpart(1, *plain, distilled), 2);
    EXPECT_EQ(counterpart(2, *plain, distilled), std::nullopt) << "no register 1";
    EXPECT_EQ(counterpart(-1, *plain, distilled), std::nullopt);
    EXPECT_EQ(counterpart(plain->tokens(), *plain, distilled), std::nullopt);
}

class ExplorationLinkTest : public testing::Test {
protected:
    ExplorationLinkTest()
    {
        first.setTrace(fakeTrace());
        second.setTrace(fakeTrace({.architecture = Architecture::Tnt, .gridHeight = 8, .gridWidth = 10, .seed = 7}));
    }
    Exploration first, second;
    ExplorationLink link{first, second};
};

TEST_F(ExplorationLinkTest, CarriesCursorQueryAndDirectionBothWays)
{
    link.setLinked(true);
    first.hover(1);
    EXPECT_EQ(second.hovered(), 1 + 11);
    second.pin(1 + 79);
    EXPECT_EQ(first.pinned(), 1 + 19);
    first.setDirection(Direction::LookedAtBy);
    EXPECT_EQ(second.direction(), Direction::LookedAtBy);
    first.pin(std::nullopt);
    EXPECT_EQ(second.pinned(), std::nullopt);
    first.hover(std::nullopt);
    EXPECT_EQ(second.hovered(), std::nullopt);
}

TEST_F(ExplorationLinkTest, KeepsTheDistanceBetweenLayers)
{
    second.setLayer(1);
    link.setLinked(true);
    first.setLayer(1);
    EXPECT_EQ(second.layer(), 2);
    second.setLayer(1);
    EXPECT_EQ(first.layer(), 0);
}

TEST_F(ExplorationLinkTest, UnlinkedPanesGoTheirOwnWays)
{
    link.setLinked(true);
    link.setLinked(false);
    first.setLayer(2);
    first.hover(3);
    first.pin(4);
    EXPECT_EQ(second.layer(), 0);
    EXPECT_EQ(second.hovered(), std::nullopt);
    EXPECT_EQ(second.pinned(), std::nullopt);
}

TEST_F(ExplorationLinkTest, SharesOneScaleUntilAPersonSetsOne)
{
    const float own = std::max(first.map()->range.high, second.map()->range.high);
    link.setSharedScale(true);
    EXPECT_FLOAT_EQ(first.map()->range.high, own);
    EXPECT_EQ(first.map()->range, second.map()->range);
    const ValueRange before = first.map()->range;
    first.setLayer(2);
    EXPECT_EQ(first.map()->range, second.map()->range);
    EXPECT_NE(first.map()->range, before);

    const HeadChoice head{HeadFusion::Single, 1, {}};
    EXPECT_NE(first.map(1, head)->range, first.map()->range) << "the head sheet keeps its own scales";

    link.setSharedScale(false);
    EXPECT_FALSE(first.linkedRange());
    DisplaySettings byHand = first.display();
    byHand.range = ValueRange{0, 0.5F};
    first.setDisplay(byHand);
    link.setSharedScale(true);
    EXPECT_EQ(first.map()->range, byHand.range);
}

TEST_F(ExplorationLinkTest, OnePaneAloneKeepsItsOwnScale)
{
    link.setSharedScale(true);
    ASSERT_TRUE(first.linkedRange());
    second.setTrace(nullptr);
    QCoreApplication::processEvents();
    EXPECT_FALSE(first.linkedRange());
    first.setLayer(2);
    EXPECT_FALSE(first.linkedRange());
}

TEST_F(ExplorationLinkTest, ColoursFollow)
{
    link.setLinked(true);
    DisplaySettings display = second.display();
    display.colours = ColourMap::Viridis;
    second.setDisplay(display);
    EXPECT_EQ(first.display().colours, ColourMap::Viridis);
}

TEST_F(ExplorationLinkTest, DifferenceNeedsTheSameGrid)
{
    EXPECT_FALSE(differenceMap(first, second));
    second.setTrace(fakeTrace({.seed = 5}));
    const auto difference = differenceMap(first, second);
    ASSERT_TRUE(difference);
    EXPECT_FLOAT_EQ(difference->values[7], first.map()->values[7] - second.map()->values[7]);
    EXPECT_FLOAT_EQ(difference->range.low, -difference->range.high);
    second.setTrace(first.trace());
    EXPECT_EQ(differenceMap(first, second)->range, (ValueRange{-1, 1})) << "equal maps differ nowhere";
}

}  // namespace vitrine
