// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/inference_controller.h"

#include <QElapsedTimer>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "tests/ui/fake_engine.h"

namespace vitrine {
namespace {

using namespace std::chrono_literals;

PictureSource picture(int shade, int width = 60)
{
    QImage pixels(width, 48, QImage::Format_RGB32);
    pixels.fill(QColor(shade, shade, shade));
    return PictureSource::fromPixels(pixels, QStringLiteral("picture %1").arg(shade));
}

/// Long enough for other threads to have sent what they had to send; nothing of it has arrived when this returns.
void letOthersSend()
{
    std::this_thread::sleep_for(100ms);
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
        while (controller.busy() && clock.elapsed() < 60000)
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

std::shared_ptr<const Trace> traceOf(const QSignalSpy& finished, int index)
{
    return finished[index][1].value<std::shared_ptr<const Trace>>();
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
    ASSERT_TRUE(QTest::qWaitFor([this] { return control->blocks > 0; }));
    control->sizes["tnt"].family = Family::Tnt;
    load(QStringLiteral("tnt"));
    settle();
    ASSERT_EQ(finished.count(), 1);
    EXPECT_EQ(traceOf(finished, 0)->model->family, Family::Tnt);
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
    ASSERT_TRUE(QTest::qWaitFor([this] { return finished.count() == 2; }));
    EXPECT_EQ(controller.model()->spec->family, Family::Tnt);
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
    ASSERT_TRUE(QTest::qWaitFor([this] { return controller.hasResult(); }));
    settle();
    EXPECT_EQ(controller.picture().name, QStringLiteral("picture 1"));
    EXPECT_EQ(images.count(), 1) << "it is decoded once";
}

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

/// What a person may do in any order, ten thousand times over.
class Wildly : public InferenceControllerTest {
protected:
    void SetUp() override
    {
        control->brokenModel = "broken";
        control->leaveAttentionOut = true;
        QObject::connect(&controller, &InferenceController::finished, &controller,
                         [this](quint64 id, const std::shared_ptr<const Trace>& trace) { take(id, trace); });
        QObject::connect(&controller, &InferenceController::attentionReady, &controller,
                         [this](const std::shared_ptr<const Trace>& trace, int, const NdArray&) {
                             ASSERT_EQ(trace, shown);
                             ++layers;
                         });
        QObject::connect(&controller, &InferenceController::mapReady, &controller,
                         [this](const std::shared_ptr<const Trace>& trace, const MapRequest& request, const NdArray&) {
                             ASSERT_EQ(trace, shown);
                             ASSERT_EQ(request.objective.index, wantedClass) << "only the newest map";
                             ++maps;
                         });
        QObject::connect(&controller, &InferenceController::mapFailed, &controller,
                         [this](const std::shared_ptr<const Trace>& trace) { ASSERT_EQ(trace, shown); });
        QObject::connect(&controller, &InferenceController::changedReady, &controller,
                         [this](const std::shared_ptr<const Trace>& base) { ASSERT_EQ(base, shown); });
    }
    void take(quint64 id, const std::shared_ptr<const Trace>& trace)
    {
        ASSERT_EQ(trace->model, controller.model()->spec) << "what is shown belongs to the model that is named";
        ASSERT_GT(id, lastId) << "and to the newest request";
        ASSERT_EQ(trace->picture.originalWidth, widthOf(controller.picture()));
        lastId = id;
        shown = trace;
        ++results;
    }
    static int widthOf(const PictureSource& source) { return source.pixels.width(); }
    void act(int what, int which)
    {
        const QStringList models{QStringLiteral("vit"), QStringLiteral("tnt"), QStringLiteral("broken")};
        if (what < 40)
            controller.submit(pictures[static_cast<std::size_t>(which) % pictures.size()]);
        else if (what < 48)
            controller.loadModel({models[which % 3], {}, {}});
        else if (what < 52)
            controller.stop();
        else if (what < 65 && shown)
            controller.requestAttention(shown, which % 3);
        else if (what < 72 && shown)
            controller.requestMap(shown, {&findMethod("occlusion"), {wantedClass = which % 3, {}}, 0});
        else if (what < 76 && shown)
            controller.requestChanged(shown, {.erased = {which % 4}, .headsOff = {}});
        else
            QTest::qWait(which % 3);
        if (!controller.busy() && controller.hasResult()) {
            ASSERT_EQ(shown->model, controller.model()->spec);
        }
    }

    /// A picture, a layer and a map of it that nothing disturbs.
    void comeToRest()
    {
        settle();
        controller.submit(pictures[0]);
        settle();
        ASSERT_TRUE(controller.hasResult());
        controller.requestAttention(shown, 0);
        controller.requestMap(shown, {&findMethod("occlusion"), {wantedClass = 1, {}}, 0});
        settle();
    }

    std::vector<PictureSource> pictures{picture(1, 61), picture(2, 62), picture(3, 63), picture(4, 64),
                                        PictureSource::fromFile(QStringLiteral("/nowhere/at-all.png"))};
    std::shared_ptr<const Trace> shown;
    quint64 lastId = 0;
    int results = 0, layers = 0, maps = 0, wantedClass = 0;
};

TEST_F(Wildly, WhatIsShownBelongsToTheModelThatIsNamed)
{
    load();
    std::mt19937 random(20261126);
    for (int i = 0; i < 10'000 && !HasFatalFailure(); ++i) {
        const auto what = static_cast<int>(random() % 100), which = static_cast<int>(random() % 1000);
        act(what, which);
        if (i % 1000 == 999)
            comeToRest();
    }
    comeToRest();
    EXPECT_TRUE(controller.hasResult());
    EXPECT_EQ(shown->picture.originalWidth, 61);
    EXPECT_GT(results, 10);
    EXPECT_GT(layers, 10);
    EXPECT_GT(maps, 10);
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
