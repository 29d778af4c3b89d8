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

} // namespace vitrine
