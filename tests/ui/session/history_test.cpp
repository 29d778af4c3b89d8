// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/history.h"

#include <gtest/gtest.h>

#include "tests/ui/fake_trace.h"
#include "ui/session/exploration_link.h"

namespace vitrine {
namespace {

struct TwoPanes : testing::Test {
    Exploration first, second;
    History history;

    TwoPanes()
    {
        for (Exploration* each : {&first, &second}) {
            each->setTrace(fakeTrace());
            each->beginAt({});
            history.add(*each);
        }
    }
};

TEST_F(TwoPanes, StepsAreTakenBackInTheOrderInWhichTheyWereMade)
{
    first.setLayer(1);
    second.setLayer(2);
    first.pin(3);
    history.goBack();
    EXPECT_FALSE(first.pinned());
    EXPECT_EQ(second.layer(), 2);
    history.goBack();
    EXPECT_EQ(second.layer(), 0);
    EXPECT_EQ(first.layer(), 1);
    history.goBack();
    EXPECT_EQ(first.layer(), 0);
    history.goBack();
    for (int i = 0; i < 4; ++i)
        history.goForward();
    EXPECT_EQ(first.layer(), 1);
    EXPECT_EQ(second.layer(), 2);
    EXPECT_EQ(first.pinned(), 3);
}

TEST_F(TwoPanes, WhatIsNewEndsTheWayForwardInBoth)
{
    first.setLayer(1);
    history.goBack();
    second.setLayer(2);
    history.goForward();
    EXPECT_EQ(first.layer(), 0);
    EXPECT_EQ(second.layer(), 2);
}

TEST_F(TwoPanes, WhatALinkedPaneFollowsIsOneStepWithWhatItFollowed)
{
    ExplorationLink link(first, second);
    second.setLayer(1);
    link.setLinked(true);
    first.pin(5);
    DisplaySettings display = first.display();
    display.grid = !display.grid;
    first.setDisplay(display);
    EXPECT_EQ(second.pinned(), 5);
    EXPECT_EQ(second.display(), display);
    history.goBack();
    EXPECT_NE(second.display(), display);
    history.goBack();
    EXPECT_FALSE(first.pinned());
    EXPECT_FALSE(second.pinned());
    EXPECT_EQ(second.layer(), 1);
    history.goBack();
    EXPECT_EQ(second.layer(), 0);
}

}  // namespace
}  // namespace vitrine
