// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/playback.h"

#include <gtest/gtest.h>

#include <QSignalSpy>
#include <QTest>

#include "tests/ui/fake_trace.h"

namespace vitrine {

using namespace std::chrono_literals;

TEST(Playback, WaitsForAPicture)
{
    Exploration exploration;
    Playback playback(exploration);
    EXPECT_EQ(playback.interval(), 2500ms);
    playback.play(Playback::Walk::Layers);
    EXPECT_FALSE(playback.isPlaying());
}

TEST(Playback, WalksLayersInACircle)
{
    Exploration exploration;
    exploration.setTrace(fakeTrace());
    Playback playback(exploration);
    playback.play(Playback::Walk::Layers);
    ASSERT_TRUE(playback.isPlaying());
    std::vector<int> layers;
    for (int i = 0; i < 4; ++i) {
        playback.step();
        layers.push_back(exploration.layer());
    }
    EXPECT_EQ(layers, (std::vector<int>{1, 2, 0, 1}));
    EXPECT_TRUE(playback.isPlaying()) << "its own steps do not stop it";
}

TEST(Playback, LeavesOneWayBackHoweverLongItWalks)
{
    Exploration exploration;
    exploration.setTrace(fakeTrace());
    exploration.setLayer(1);
    exploration.pin(7);
    Playback playback(exploration);
    playback.play(Playback::Walk::Layers);
    for (int i = 0; i < 1000; ++i)
        playback.step();
    exploration.goBack();
    EXPECT_EQ(exploration.layer(), 1);
    EXPECT_EQ(exploration.pinned(), 7);
    exploration.goBack();
    EXPECT_EQ(exploration.pinned(), std::nullopt);
}

TEST(Playback, WalksQueriesFromTheShownOne)
{
    Exploration exploration;
    exploration.setTrace(fakeTrace());
    exploration.pin(19);
    Playback playback(exploration);
    playback.play(Playback::Walk::Queries);
    playback.step();
    EXPECT_EQ(exploration.pinned(), 20);
    playback.step();
    EXPECT_EQ(exploration.pinned(), 0) << "after the last patch comes CLS";
}

TEST(Playback, StopsWhenAPersonGoesElsewhere)
{
    Exploration exploration;
    exploration.setTrace(fakeTrace());
    Playback playback(exploration);
    const QSignalSpy changes(&playback, &Playback::playingChanged);
    playback.play(Playback::Walk::Layers);
    exploration.pin(3);
    EXPECT_FALSE(playback.isPlaying());
    playback.toggle(Playback::Walk::Queries);
    EXPECT_TRUE(playback.isPlaying());
    playback.toggle(Playback::Walk::Queries);
    EXPECT_FALSE(playback.isPlaying());
    playback.play(Playback::Walk::Layers);
    exploration.setTrace(nullptr);
    EXPECT_FALSE(playback.isPlaying());
    EXPECT_EQ(changes.count(), 6);
}

TEST(Playback, StepsByTheClock)
{
    Exploration exploration;
    exploration.setTrace(fakeTrace());
    Playback playback(exploration);
    playback.setInterval(1ms);
    playback.play(Playback::Walk::Layers);
    EXPECT_TRUE(QTest::qWaitFor([&] { return exploration.layer() == 2; }, 30000));
}

}  // namespace vitrine
