// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/exploration.h"

#include <gtest/gtest.h>

#include "tests/ui/fake_trace.h"

namespace vitrine {

struct ExplorationTest : testing::Test {
    ExplorationTest() { exploration.setTrace(fakeTrace()); }
    Exploration exploration;
};

TEST_F(ExplorationTest, HasNoWayBackFromWhereItBegins)
{
    Place place;
    place.layer = 2;
    exploration.beginAt(place);
    EXPECT_EQ(exploration.layer(), 2);
    EXPECT_FALSE(exploration.canGoBack());
    exploration.setLayer(1);
    exploration.goBack();
    EXPECT_EQ(exploration.layer(), 2);
    EXPECT_FALSE(exploration.canGoBack());
}

TEST_F(ExplorationTest, BeginsInsideTheModel)
{
    Place place;
    place.layer = 99;
    exploration.beginAt(place);
    EXPECT_EQ(exploration.layer(), exploration.trace()->layers() - 1);
}

TEST_F(ExplorationTest, LogarithmicColoursBeginAboveZero)
{
    const ValueRange linear = exploration.map()->range;
    EXPECT_EQ(linear.low, 0);
    DisplaySettings display = exploration.display();
    display.logarithmic = true;
    exploration.setDisplay(display);
    const Heatmap map = *exploration.map();
    EXPECT_EQ(map.scale, ColourScale::Logarithmic);
    EXPECT_FLOAT_EQ(map.range.high, linear.high);
    EXPECT_FLOAT_EQ(map.range.low, linear.high / 1000);
    display.range = ValueRange{0.01F, 0.5F};
    exploration.setDisplay(display);
    EXPECT_EQ(exploration.map()->range, (ValueRange{0.01F, 0.5F})) << "set by hand";
}

/// Asks all that views ask, as often as anything is announced.
struct Asker {
    explicit Asker(Exploration& exploration)
    {
        const auto ask = [&exploration, this] {
            if (!exploration.trace())
                return;
            ++asked;
            EXPECT_TRUE(exploration.map());
            EXPECT_TRUE(exploration.value(exploration.shownToken()));
            EXPECT_LT(exploration.layer(), exploration.trace()->layers());
            EXPECT_LT(exploration.hoveredInner().value_or(0), exploration.trace()->model->inner.tokens());
        };
        for (const auto signal : {&Exploration::traceChanged, &Exploration::placeChanged, &Exploration::hoverChanged,
                                  &Exploration::displayChanged})
            QObject::connect(&exploration, signal, &exploration, ask);
    }
    int asked = 0;
};

FakeSize smaller()
{
    FakeSize size;
    size.layers = 1;
    size.heads = 1;
    size.gridHeight = size.gridWidth = 2;
    size.classes = 2;
    return size;
}

TEST_F(ExplorationTest, PlaceIsInsideTheModelBeforeAnyoneHearsOfTheModel)
{
    const Asker asker(exploration);
    Place last;
    last.layer = 2;
    last.heads = {HeadFusion::Single, 1, {}};
    last.pinned = exploration.trace()->model->tokens() - 1;
    last.chosenClass = 5;
    exploration.setPlace(last);
    exploration.hover(*last.pinned, *last.pinned);
    exploration.hoverInner(3);
    exploration.setTrace(fakeTrace(smaller()));
    EXPECT_EQ(exploration.place(), (Place{0, {HeadFusion::Single, 0, {}}, {}, Direction::LooksAt, {}}));
    EXPECT_GT(asker.asked, 4);
}

TEST_F(ExplorationTest, EverySetterStaysInsideTheModel)
{
    const Asker asker(exploration);
    for (const int wild : {-7, 1000}) {
        exploration.setLayer(wild);
        exploration.setHeads({HeadFusion::Single, wild, {}});
        exploration.setHeads({HeadFusion::Mean, 0, {wild, 1}});
        exploration.pin(wild);
        exploration.hover(wild, wild);
        exploration.hoverInner(wild);
        exploration.chooseClass(wild);
        exploration.setPlace({wild, {HeadFusion::Single, wild, {wild}}, wild, Direction::LookedAtBy, wild});
        exploration.beginAt({wild, {HeadFusion::Max, wild, {wild}}, wild, Direction::LooksAt, wild});
    }
    exploration.beginAt({2, {HeadFusion::Single, 1, {}}, 20, Direction::LooksAt, {}});
    exploration.setLayer(1);
    exploration.setTrace(fakeTrace(smaller()));
    exploration.goBack();
    exploration.goForward();
    EXPECT_GT(asker.asked, 8);
}

} // namespace vitrine
