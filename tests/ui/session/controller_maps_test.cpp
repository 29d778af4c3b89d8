// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/inference_controller.h"

#include <QSignalSpy>
#include <QTest>
#include <gtest/gtest.h>

#include "tests/ui/session/controller_fixture.h"

namespace vitrine {
namespace {

struct MapsOfController : InferenceControllerTest {
    QSignalSpy ready{&controller, &InferenceController::mapReady};
    QSignalSpy mapFailed{&controller, &InferenceController::mapFailed};
    std::shared_ptr<const Trace> trace;

    void SetUp() override
    {
        load();
        controller.submit(picture(1));
        ASSERT_TRUE(finished.wait());
        trace = finished.last()[1].value<std::shared_ptr<const Trace>>();
    }
    NdArray flat() const
    {
        return {{trace->model->gridHeight(), trace->model->gridWidth()},
                std::vector<float>(static_cast<std::size_t>(trace->model->patches()), 1.0F)};
    }
    static MapRequest chefer(int of) { return {&findMethod("chefer"), {of, {}}, 0}; }
};

TEST_F(MapsOfController, AMapComesWithItsPassAndRequest)
{
    QSignalSpy progressed(&controller, &InferenceController::mapProgressed);
    controller.requestMap(trace, chefer(2));
    EXPECT_TRUE(controller.busy());
    ASSERT_TRUE(ready.wait());
    EXPECT_EQ(ready[0][0].value<std::shared_ptr<const Trace>>(), trace);
    EXPECT_EQ(ready[0][1].value<MapRequest>(), chefer(2));
    EXPECT_EQ(ready[0][2].value<NdArray>().shape(), (Shape{trace->model->gridHeight(), trace->model->gridWidth()}));
    EXPECT_GT(progressed.count(), 0);
    EXPECT_FALSE(controller.busy());
}

TEST_F(MapsOfController, OnlyTheNewestIsAnswered)
{
    control->gradientGate.close();
    controller.requestMap(trace, chefer(0));
    control->gradientGate.awaitSomebody();
    controller.requestMap(trace, chefer(1));
    control->gradientGate.open();
    settle();
    ASSERT_EQ(ready.count(), 1);
    EXPECT_EQ(ready[0][1].value<MapRequest>(), chefer(1));
}

TEST_F(MapsOfController, AskedForTwiceItIsComputedOnce)
{
    control->gradientGate.close();
    controller.requestMap(trace, chefer(0));
    control->gradientGate.awaitSomebody();
    controller.requestMap(trace, chefer(0));
    control->gradientGate.open();
    settle();
    EXPECT_EQ(ready.count(), 1);
    EXPECT_EQ(control->gradients.load(), 1);
}

TEST_F(MapsOfController, ANewPictureDropsIt)
{
    control->gradientGate.close();
    controller.requestMap(trace, chefer(0));
    control->gradientGate.awaitSomebody();
    controller.submit(picture(2));
    control->gradientGate.open();
    settle();
    letOthersSend();
    QCoreApplication::processEvents();
    EXPECT_EQ(ready.count(), 0);
    EXPECT_EQ(mapFailed.count(), 0);
}

TEST_F(MapsOfController, OfAnotherModelItIsCancelled)
{
    QSignalSpy judged(&controller, &InferenceController::judged), changed(&controller, &InferenceController::changedReady);
    load(QStringLiteral("tnt"));
    settle();
    controller.requestMap(trace, chefer(0));
    settle();
    controller.requestJudgement(trace, chefer(2), flat(), 2);
    settle();
    controller.requestChanged(trace, {{1}, std::nullopt, {}});
    settle();
    EXPECT_EQ(ready.count(), 0);
    EXPECT_EQ(judged.count(), 0);
    EXPECT_EQ(changed.count(), 0);
    EXPECT_EQ(mapFailed.count(), 0);
}

TEST_F(MapsOfController, AFailureNamesItsRequest)
{
    control->gradientError = "not today";
    controller.requestMap(trace, chefer(3));
    ASSERT_TRUE(mapFailed.wait());
    EXPECT_EQ(mapFailed[0][1].value<MapRequest>(), chefer(3));
    EXPECT_EQ(mapFailed[0][2].toString(), QStringLiteral("not today"));
    EXPECT_FALSE(controller.busy());
}

TEST_F(MapsOfController, OnlyTheNewestChangeIsAnswered)
{
    QSignalSpy changed(&controller, &InferenceController::changedReady);
    const WhatIf first{{1}, std::nullopt, {}}, second{{1, 2}, std::nullopt, {{0, 1}}};
    control->rerunGate.close();
    controller.requestChanged(trace, first);
    control->rerunGate.awaitSomebody();
    controller.requestChanged(trace, second);
    control->rerunGate.open();
    settle();
    ASSERT_EQ(changed.count(), 1);
    EXPECT_EQ(changed[0][0].value<std::shared_ptr<const Trace>>(), trace);
    EXPECT_EQ(changed[0][1].value<WhatIf>(), second);
    EXPECT_NE(changed[0][2].value<std::shared_ptr<const Trace>>()->logits.at({0}), trace->logits.at({0}));
}

TEST_F(MapsOfController, AChangeThatCannotBeSaysWhy)
{
    QSignalSpy failedChange(&controller, &InferenceController::changedFailed);
    controller.requestChanged(trace, {{}, {}, {{99, 0}}});
    ASSERT_TRUE(failedChange.wait());
    EXPECT_TRUE(failedChange[0][0].toString().contains(QStringLiteral("no layer 99")));
    EXPECT_FALSE(controller.busy());
}

TEST_F(MapsOfController, AJudgementComesWithItsMapAndGivesWayToAMap)
{
    QSignalSpy judged(&controller, &InferenceController::judged);

    controller.requestJudgement(trace, chefer(2), flat(), 2);
    ASSERT_TRUE(judged.wait());
    EXPECT_EQ(judged[0][1].value<Judgement>().request, chefer(2));
    EXPECT_EQ(judged[0][1].value<Judgement>().of, 2);
    control->runGate.close();
    controller.requestJudgement(trace, chefer(2), flat(), 2);
    control->runGate.awaitSomebody();
    controller.requestMap(trace, chefer(2));
    control->runGate.open();
    settle();
    EXPECT_EQ(judged.count(), 1);
    EXPECT_EQ(ready.count(), 1);
}

}  // namespace
}  // namespace vitrine
