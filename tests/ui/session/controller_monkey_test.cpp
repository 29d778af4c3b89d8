// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/inference_controller.h"

#include <QSignalSpy>
#include <QTest>
#include <gtest/gtest.h>

#include <random>

#include "tests/ui/session/controller_fixture.h"

namespace vitrine {
namespace {

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

}  // namespace
}  // namespace vitrine
