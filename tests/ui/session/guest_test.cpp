// SPDX-License-Identifier: GPL-3.0-or-later
// Two pictures through one loaded network.
#include "ui/session/inference_controller.h"

#include <QSignalSpy>
#include <QTest>
#include <gtest/gtest.h>

#include <memory>
#include <random>

#include "tests/ui/session/controller_fixture.h"

namespace vitrine {
namespace {

struct Guest : InferenceControllerTest {
    std::unique_ptr<InferenceController> guest = std::make_unique<InferenceController>(controller);
    QSignalSpy guestFinished{guest.get(), &InferenceController::finished};

    void settleBoth()
    {
        ASSERT_TRUE(QTest::qWaitFor([this] { return !controller.busy() && !guest->busy(); }, 60000));
    }
};

TEST_F(Guest, RunsItsPictureThroughTheHostsNetwork)
{
    load();
    controller.submit(picture(1, 61));
    guest->submit(picture(2, 62));
    settleBoth();
    ASSERT_EQ(guestFinished.count(), 1);
    EXPECT_EQ(traceOf(finished, 0)->picture.originalWidth, 61);
    EXPECT_EQ(traceOf(guestFinished, 0)->picture.originalWidth, 62);
    EXPECT_EQ(traceOf(guestFinished, 0)->model, controller.model()->spec);
    EXPECT_EQ(control->loads.load(), 1);
    EXPECT_EQ(control->alive.load(), 1);
}

TEST_F(Guest, FollowsTheHostToAnotherModel)
{
    load();
    guest->submit(picture(2));
    settleBoth();
    load(QStringLiteral("tnt"));
    settleBoth();
    ASSERT_EQ(guestFinished.count(), 2);
    EXPECT_EQ(traceOf(guestFinished, 1)->model, controller.model()->spec);
    EXPECT_EQ(traceOf(guestFinished, 1)->model->architecture, Architecture::Tnt);
    EXPECT_EQ(guest->model(), controller.model());
}

TEST_F(Guest, AsksTheHostsNetworkForLayersAndMaps)
{
    control->leaveAttentionOut = true;
    load();
    guest->submit(picture(2));
    settleBoth();
    QSignalSpy layer(guest.get(), &InferenceController::attentionReady),
        hosts(&controller, &InferenceController::attentionReady);
    guest->requestAttention(traceOf(guestFinished, 0), 1);
    settleBoth();
    EXPECT_EQ(layer.count(), 1);
    EXPECT_EQ(hosts.count(), 0);
}

TEST_F(Guest, MayGoBeforeItsHostAndAfterItsThread)
{
    load();
    guest->submit(picture(2));
    guest.reset();
    controller.submit(picture(1));
    settle();
    EXPECT_EQ(finished.count(), 1);
    guest = std::make_unique<InferenceController>(controller);
    EXPECT_TRUE(controller.end(QDeadlineTimer(5000)));
    EXPECT_EQ(control->alive.load(), 0);
    guest.reset();
}

TEST_F(Guest, ShowsWhatBelongsToTheModelThatIsNamedWhateverComesInBetween)
{
    load();
    std::mt19937 random(20261126);
    QObject::connect(guest.get(), &InferenceController::finished, guest.get(),
                     [this](quint64, const std::shared_ptr<const Trace>& trace) {
                         EXPECT_EQ(trace->model, controller.model()->spec);
                         EXPECT_EQ(trace->picture.originalWidth, guest->picture().pixels.width());
                     });
    for (int i = 0; i < 2000; ++i) {
        const auto what = random() % 100;
        const int shade = static_cast<int>(random() % 5);
        if (what < 35)
            guest->submit(picture(shade, 60 + shade));
        else if (what < 60)
            controller.submit(picture(shade, 60 + shade));
        else if (what < 75)
            controller.loadModel({what < 68 ? QStringLiteral("vit") : QStringLiteral("tnt"), {}, {}});
        else
            QTest::qWait(static_cast<int>(random() % 3));
    }
    guest->submit(picture(3, 63));
    settleBoth();
    EXPECT_EQ(traceOf(guestFinished, static_cast<int>(guestFinished.count()) - 1)->picture.originalWidth, 63);
    EXPECT_LE(control->alive.load(), 1);
}

TEST_F(Guest, AModelThatIsGivenUpIsGone)
{
    load();
    controller.unload();
    EXPECT_TRUE(QTest::qWaitFor([this] { return control->alive.load() == 0; }, 30000));
    EXPECT_FALSE(controller.model());
    load();
    controller.submit(picture(1));
    settle();
    EXPECT_EQ(finished.count(), 1);
}

}  // namespace
}  // namespace vitrine
