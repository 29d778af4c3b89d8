// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/inference_controller.h"

#include <QSignalSpy>
#include <QTest>
#include <gtest/gtest.h>

#include "tests/ui/session/controller_fixture.h"

namespace vitrine {
namespace {

struct MissingAttention : InferenceControllerTest {
    std::shared_ptr<const Trace> trace;
    QSignalSpy ready{&controller, &InferenceController::attentionReady};
    QSignalSpy askFailed{&controller, &InferenceController::attentionFailed};

    void SetUp() override
    {
        control->leaveAttentionOut = true;
        load();
        controller.submit(picture(1));
        settle();
        trace = traceOf(finished, 0);
    }
};

TEST_F(MissingAttention, OnlyTheNewestLayerIsComputed)
{
    control->attentionGate.close();
    controller.requestAttention(trace, 0);
    control->attentionGate.awaitSomebody();
    for (int i = 0; i < 50; ++i)
        controller.requestAttention(trace, i % 3);
    EXPECT_TRUE(controller.busy());
    control->attentionGate.open();
    settle();
    ASSERT_EQ(ready.count(), 1);
    EXPECT_EQ(ready[0][1].toInt(), 49 % 3);
    EXPECT_EQ(control->attentions.load(), 2);
}

TEST_F(MissingAttention, LayerThatCameTooLateIsNotShown)
{
    controller.requestAttention(trace, 0);
    letOthersSend();
    controller.requestAttention(trace, 2);
    settle();
    ASSERT_EQ(ready.count(), 1);
    EXPECT_EQ(ready[0][1].toInt(), 2);
}

TEST_F(MissingAttention, APictureGoesBeforeAnAskedLayer)
{
    control->attentionGate.close();
    controller.requestAttention(trace, 0);
    control->attentionGate.awaitSomebody();
    controller.requestAttention(trace, 1);
    controller.submit(picture(2));
    control->attentionGate.open();
    settle();
    EXPECT_EQ(finished.count(), 2);
    EXPECT_EQ(ready.count(), 0);
    EXPECT_EQ(control->attentions.load(), 1);
}

TEST_F(MissingAttention, StopEndsIt)
{
    control->attentionGate.close();
    controller.requestAttention(trace, 0);
    control->attentionGate.awaitSomebody();
    controller.stop();
    EXPECT_FALSE(controller.busy());
    control->attentionGate.open();
    EXPECT_FALSE(ready.wait(50));
}

TEST_F(MissingAttention, ItsFailureIsNoFailureOfAPicture)
{
    control->attentionError = "There is not enough memory to run vit.";
    controller.requestAttention(trace, 0);
    settle();
    EXPECT_EQ(failed.count(), 0);
    ASSERT_EQ(askFailed.count(), 1);
    EXPECT_EQ(askFailed[0][0].toString().toStdString(), control->attentionError);
}

TEST_F(MissingAttention, NothingIsComputedForATraceOfAnotherModel)
{
    load(QStringLiteral("tnt"));
    settle();
    controller.requestAttention(trace, 0);
    settle();
    EXPECT_EQ(ready.count(), 0);
    EXPECT_EQ(askFailed.count(), 0);
    EXPECT_EQ(control->attentions.load(), 0);
}

}  // namespace
}  // namespace vitrine
