// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/inference_controller.h"

#include <QSignalSpy>
#include <QTest>
#include <gtest/gtest.h>

#include <thread>

#include "tests/ui/session/controller_fixture.h"

namespace vitrine {
namespace {

using namespace std::chrono_literals;

TEST_F(InferenceControllerTest, PictureComesBeforeItsResult)
{
    load();
    const quint64 id = controller.submit(picture(1));
    ASSERT_TRUE(finished.wait());
    ASSERT_EQ(images.count(), 1);
    EXPECT_EQ(images[0][0].toULongLong(), id);
    EXPECT_EQ(finished[0][0].toULongLong(), id);
    EXPECT_FALSE(controller.busy());
}

TEST_F(InferenceControllerTest, PictureShowsWhileTheModelStillLoads)
{
    controller.submit(picture(1));
    ASSERT_TRUE(images.wait());
    EXPECT_EQ(finished.count(), 0);
    load();
    settle();
    EXPECT_EQ(finished.count(), 1);
}

TEST_F(InferenceControllerTest, NewerPictureStopsTheOlderWithinOneBlock)
{
    control->size.layers = 50;
    control->block = 5ms;
    load();
    controller.submit(picture(1));
    while (control->blocks < 2)
        QCoreApplication::processEvents(QEventLoop::AllEvents, 5);
    const int before = control->blocks;
    const quint64 second = controller.submit(picture(2));
    control->block = 0ms;
    settle();
    ASSERT_EQ(finished.count(), 1);
    EXPECT_EQ(finished[0][0].toULongLong(), second);
    EXPECT_EQ(control->finished.load(), 1);
    EXPECT_LE(control->blocks - before, 50 + 2);
}

TEST_F(InferenceControllerTest, TenPicturesInARowGiveOneResultOfTheLast)
{
    control->block = 2ms;
    load();
    quint64 last = 0;
    for (int i = 0; i < 10; ++i)
        last = controller.submit(picture(i));
    settle();
    ASSERT_EQ(finished.count(), 1);
    EXPECT_EQ(finished[0][0].toULongLong(), last);
}

TEST_F(InferenceControllerTest, ResultThatIsKeptComesWithoutARun)
{
    load();
    const PictureSource first = picture(1);
    for (const PictureSource& source : {first, picture(2), first}) {
        controller.submit(source);
        ASSERT_TRUE(finished.wait());
    }
    EXPECT_EQ(control->runs.load(), 2);
    EXPECT_EQ(finished[0][1].value<std::shared_ptr<const Trace>>(), finished[2][1].value<std::shared_ptr<const Trace>>());
}

TEST_F(InferenceControllerTest, ANetworkForAnyShapeIsMadeForThatOfThePicture)
{
    control->mostPatches = 30;
    load();
    const auto gridOf = [&](const PictureSource& source) {
        controller.submit(source);
        EXPECT_TRUE(finished.wait());
        const auto spec = finished.back()[1].value<std::shared_ptr<const Trace>>()->model;
        return std::pair(spec->gridHeight(), spec->gridWidth());
    };
    EXPECT_EQ(gridOf(picture(1, 144)), std::pair(3, 9));
    EXPECT_EQ(control->loads.load(), 2);
    EXPECT_EQ(gridOf(picture(2, 144)), std::pair(3, 9));
    EXPECT_EQ(control->loads.load(), 2) << "the same shape needs no other engine";
    EXPECT_EQ(gridOf(picture(3, 48)), std::pair(5, 5));
    EXPECT_EQ(control->loads.load(), 3);
    EXPECT_EQ(control->runs.load(), 3);
}

TEST_F(InferenceControllerTest, AnotherModelKeepsThePicture)
{
    load();
    controller.submit(picture(7));
    ASSERT_TRUE(finished.wait());
    load(QStringLiteral("tnt"));
    settle();
    ASSERT_EQ(finished.count(), 2);
    const auto trace = finished[1][1].value<std::shared_ptr<const Trace>>();
    EXPECT_EQ(trace->model->architecture, Architecture::Tnt);
    EXPECT_EQ(trace->picture.originalWidth, 60);
}

TEST_F(InferenceControllerTest, ModelThatFailsLeavesTheOneBefore)
{
    load();
    control->loadError = "bad.pth is not a ViT or TNT: it has no attention.";
    controller.loadModel({QStringLiteral("bad.pth"), {}, {}});
    ASSERT_TRUE(modelFailed.wait());
    EXPECT_EQ(modelFailed[0][0].toString().toStdString(), control->loadError);
    controller.submit(picture(1));
    EXPECT_TRUE(finished.wait());
}

TEST_F(InferenceControllerTest, ErrorsOfAPictureAndOfARunAreTold)
{
    load();
    controller.submit(PictureSource::fromFile(QStringLiteral("/nowhere/at-all.png")));
    ASSERT_TRUE(failed.wait());
    EXPECT_TRUE(failed[0][1].toString().contains(QStringLiteral("at-all.png")));
    control->runError = "The device ran out of memory: choose a smaller model.";
    controller.submit(picture(1));
    ASSERT_TRUE(failed.wait());
    EXPECT_EQ(failed[1][1].toString().toStdString(), control->runError);
    EXPECT_FALSE(controller.busy());
}

TEST_F(InferenceControllerTest, StopEndsARunQuietly)
{
    control->size.layers = 100;
    control->block = 5ms;
    load();
    controller.submit(picture(1));
    while (control->blocks < 1)
        QCoreApplication::processEvents(QEventLoop::AllEvents, 5);
    controller.stop();
    EXPECT_FALSE(controller.busy());
    EXPECT_FALSE(finished.wait(100));
    EXPECT_EQ(failed.count(), 0);
}

TEST_F(InferenceControllerTest, LayerThatWasLeftOutIsComputedOnDemand)
{
    control->leaveAttentionOut = true;
    load();
    controller.submit(picture(1));
    ASSERT_TRUE(finished.wait());
    const auto trace = finished[0][1].value<std::shared_ptr<const Trace>>();
    QSignalSpy ready(&controller, &InferenceController::attentionReady);
    controller.requestAttention(trace, 1);
    ASSERT_TRUE(ready.wait());
    EXPECT_EQ(ready[0][1].toInt(), 1);
    EXPECT_EQ(ready[0][2].value<NdArray>().shape(), fakeTrace(control->size)->attention[1].shape());
}

TEST_F(InferenceControllerTest, PictureThatWasDecodedTooLateIsNotShown)
{
    load();
    controller.submit(picture(1));
    letOthersSend();
    const quint64 second = controller.submit(picture(2));
    settle();
    ASSERT_EQ(images.count(), 1);
    EXPECT_EQ(images[0][0].toULongLong(), second);
}

TEST_F(InferenceControllerTest, ResultThatCameTooLateIsNotShown)
{
    load();
    control->runGate.close();
    controller.submit(picture(1));
    ASSERT_TRUE(images.wait());
    control->runGate.awaitSomebody();
    control->runGate.open();
    letOthersSend();
    ASSERT_EQ(control->finished.load(), 1);
    const quint64 second = controller.submit(picture(2, 80));
    settle();
    ASSERT_EQ(finished.count(), 1);
    EXPECT_EQ(finished[0][0].toULongLong(), second);
    EXPECT_EQ(traceOf(finished, 0)->picture.originalWidth, 80);
}

TEST_F(InferenceControllerTest, AnotherModelStopsTheRunOfTheOneBefore)
{
    control->size.layers = 100000;
    control->block = 1ms;
    load();
    controller.submit(picture(1));
    ASSERT_TRUE(QTest::qWaitFor([this] { return control->blocks > 0; }, 30000));
    control->sizes["tnt"].architecture = Architecture::Tnt;
    load(QStringLiteral("tnt"));
    settle();
    ASSERT_EQ(finished.count(), 1);
    EXPECT_EQ(traceOf(finished, 0)->model->architecture, Architecture::Tnt);
}

TEST_F(InferenceControllerTest, ModelThatWasLoadedIsThePresentOneWhateverFailsAfterIt)
{
    load();
    controller.submit(picture(1));
    settle();
    control->loadGate.close();
    control->brokenModel = "broken";
    controller.loadModel({QStringLiteral("tnt"), {}, {}});
    control->loadGate.awaitSomebody();
    controller.loadModel({QStringLiteral("broken"), {}, {}});
    control->loadGate.open();
    settle();
    EXPECT_EQ(modelFailed.count(), 1);
    ASSERT_TRUE(controller.model());
    EXPECT_EQ(controller.model()->spec, traceOf(finished, finished.count() - 1)->model);
    EXPECT_TRUE(controller.hasResult());
}

TEST_F(InferenceControllerTest, ModelThatWasLoadedInSpiteOfAStopIsThePresentOne)
{
    load();
    controller.submit(picture(1));
    settle();
    control->loadGate.close();
    controller.loadModel({QStringLiteral("tnt"), {}, {}});
    control->loadGate.awaitSomebody();
    control->loadGate.open();
    letOthersSend();  // the model is loaded: only this thread does not know yet
    controller.stop();
    ASSERT_TRUE(QTest::qWaitFor([this] { return finished.count() == 2; }, 30000));
    EXPECT_EQ(controller.model()->spec->architecture, Architecture::Tnt);
    EXPECT_EQ(controller.model()->spec, traceOf(finished, finished.count() - 1)->model);
}

TEST_F(InferenceControllerTest, NoResultOfAnEarlierModelIsKept)
{
    load();
    const PictureSource same = picture(1);
    controller.submit(same);
    settle();
    load(QStringLiteral("tnt"));
    settle();
    load();
    settle();
    controller.submit(same);
    settle();
    EXPECT_EQ(traceOf(finished, finished.count() - 1)->model, controller.model()->spec);
}

TEST_F(InferenceControllerTest, PictureThatCannotBeReadLeavesTheOneBefore)
{
    load();
    controller.submit(picture(1));
    settle();
    controller.submit(PictureSource::fromFile(QStringLiteral("/nowhere/at-all.png")));
    settle();
    EXPECT_EQ(failed.count(), 1);
    EXPECT_EQ(controller.picture().name, QStringLiteral("picture 1"));
    EXPECT_TRUE(controller.hasResult());
}

TEST_F(InferenceControllerTest, PictureThatCannotBeReadDoesNotCostTheOneBeforeItsResult)
{
    load();
    control->runGate.close();
    controller.submit(picture(1));
    ASSERT_TRUE(images.wait());
    control->runGate.awaitSomebody();
    controller.submit(PictureSource::fromFile(QStringLiteral("/nowhere/at-all.png")));
    control->runGate.open();
    ASSERT_TRUE(QTest::qWaitFor([this] { return controller.hasResult(); }, 30000));
    settle();
    EXPECT_EQ(controller.picture().name, QStringLiteral("picture 1"));
    EXPECT_EQ(images.count(), 1) << "it is decoded once";
}

TEST(InferenceControllerEnd, ClosingWhileRunningStopsAndDestroysTheEngineOnItsThread)
{
    auto control = std::make_shared<FakeControl>();
    control->size.layers = 1000;
    control->block = 5ms;
    {
        InferenceController controller(fakeEngines(control));
        controller.loadModel({QStringLiteral("vit"), {}, {}});
        controller.submit(picture(1));
        while (control->blocks < 1)
            QCoreApplication::processEvents(QEventLoop::AllEvents, 5);
    }
    EXPECT_LT(control->blocks.load(), 100);
    EXPECT_EQ(control->alive.load(), 0);
    EXPECT_EQ(control->madeOn.load(), control->destroyedOn.load());
    EXPECT_NE(control->madeOn.load(), std::hash<std::thread::id>()(std::this_thread::get_id()));
}

TEST(InferenceControllerEnd, WhatCannotBeStoppedDoesNotHoldItUp)
{
    auto control = std::make_shared<FakeControl>();
    InferenceController controller(fakeEngines(control));
    control->loadGate.close();
    controller.loadModel({QStringLiteral("vit"), {}, {}});
    control->loadGate.awaitSomebody();
    EXPECT_FALSE(controller.end(QDeadlineTimer(20)));
    control->loadGate.open();
    EXPECT_TRUE(controller.end(QDeadlineTimer(5000)));
}

}  // namespace
}  // namespace vitrine
