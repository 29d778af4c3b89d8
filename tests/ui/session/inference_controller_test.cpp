// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/inference_controller.h"

#include <QElapsedTimer>
#include <QSignalSpy>
#include <gtest/gtest.h>

#include <thread>

#include "tests/ui/fake_engine.h"

namespace vitrine {
namespace {

using namespace std::chrono_literals;

PictureSource picture(int shade)
{
    return PictureSource::fromPixels(Image(60, 48, std::vector<std::uint8_t>(60 * 48 * 3, static_cast<std::uint8_t>(shade))),
                                     QStringLiteral("picture %1").arg(shade));
}

struct InferenceControllerTest : testing::Test {
    std::shared_ptr<FakeControl> control = std::make_shared<FakeControl>();
    InferenceController controller{fakeEngines(control)};
    QSignalSpy images{&controller, &InferenceController::imageReady};
    QSignalSpy finished{&controller, &InferenceController::finished};
    QSignalSpy failed{&controller, &InferenceController::failed};
    QSignalSpy modelFailed{&controller, &InferenceController::modelFailed};

    void load(const QString& name = QStringLiteral("vit"))
    {
        QSignalSpy loaded(&controller, &InferenceController::modelLoaded);
        controller.loadModel({name, {}, {}});
        ASSERT_TRUE(loaded.wait());
    }
    void settle()
    {
        QElapsedTimer clock;
        clock.start();
        while (controller.busy() && clock.elapsed() < 5000)
            QCoreApplication::processEvents(QEventLoop::AllEvents, 10);
        ASSERT_FALSE(controller.busy());
    }
};

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

TEST_F(InferenceControllerTest, AnotherModelKeepsThePicture)
{
    load();
    controller.submit(picture(7));
    ASSERT_TRUE(finished.wait());
    load(QStringLiteral("tnt"));
    settle();
    ASSERT_EQ(finished.count(), 2);
    const auto trace = finished[1][1].value<std::shared_ptr<const Trace>>();
    EXPECT_EQ(trace->model->family, Family::Tnt);
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

TEST(ResultCache, KeepsWhatFitsAndDropsTheLeastRecent)
{
    const auto result = [] { return Result{Image(10, 10, std::vector<std::uint8_t>(300)), nullptr}; };
    ResultCache cache(700);
    cache.insert(QStringLiteral("a"), result());
    cache.insert(QStringLiteral("b"), result());
    ASSERT_NE(cache.find(QStringLiteral("a")), nullptr);
    cache.insert(QStringLiteral("c"), result());
    EXPECT_EQ(cache.find(QStringLiteral("b")), nullptr);
    EXPECT_NE(cache.find(QStringLiteral("a")), nullptr);
    EXPECT_EQ(cache.bytes(), 600U);
    cache.insert(QStringLiteral("large"), {Image(100, 100, std::vector<std::uint8_t>(30000)), nullptr});
    EXPECT_EQ(cache.size(), 1U);
}

} // namespace
} // namespace vitrine
