// SPDX-License-Identifier: GPL-3.0-or-later
// Sessions, saved and opened again.
#include <QChart>
#include <QChartView>
#include <QFile>
#include <QLineSeries>
#include <QTest>
#include <gtest/gtest.h>

#include "tests/ui/panels/window_fixture.h"
#include "ui/panels/explore_steps.h"
#include "ui/panels/message_bar.h"
#include "ui/views/statistics/statistics_view.h"

namespace vitrine {
namespace {

TEST_F(MainWindowTest, ASessionBringsBackWhatWasLookedAt)
{
    const QString cat = save(QStringLiteral("cat.png")), session = folder.filePath(QStringLiteral("cat.vitrine"));
    window.loadModel({QStringLiteral("tnt"), {}, {}});
    drop({cat});
    settle();
    Place place = window.exploration().place();
    place.layer = 1;
    place.pinned = 7;
    place.method = &findMethod("nested-rollout");
    window.exploration().setPlace(place);
    changeDisplay(window.exploration(), [](auto& display) { display.opacity = 0.3; });
    settle();
    window.saveSession(session);

    MainWindow other{setupOf(control)};
    other.show();
    other.loadModel({QStringLiteral("vit"), {}, {}});
    other.openFiles({session});
    ASSERT_TRUE(QTest::qWaitFor([&] { return other.isIdle() && other.exploration().method() != nullptr; }, 5000));
    EXPECT_EQ(other.exploration().place(), window.exploration().place());
    EXPECT_EQ(other.exploration().display().opacity, 0.3);
    EXPECT_EQ(other.exploration().trace()->model->architecture, Architecture::Tnt);
    EXPECT_TRUE(other.windowTitle().contains(QStringLiteral("cat.png")));
}

TEST_F(MainWindowTest, ASessionBringsBackWhichNumberOfTheLayersWasLookedAt)
{
    const auto curve = [](MainWindow& of) {
        const auto* view = of.findChild<StatisticsView*>();
        return qobject_cast<QLineSeries*>(view->findChild<QChartView*>()->chart()->series()[1])->points();
    };
    const QString cat = save(QStringLiteral("cat.png")), session = folder.filePath(QStringLiteral("cat.vitrine"));
    drop({cat});
    settle();
    window.showView(QStringLiteral("statistics"));
    window.findChild<StatisticsView*>()->restore(QStringLiteral("lens"));
    ASSERT_TRUE(QTest::qWaitFor([&] { return !curve(window).isEmpty(); }, 30000)) << "the engine answers";
    const Trace& trace = *window.exploration().trace();
    const auto of = static_cast<std::size_t>(*window.exploration().shownClass());
    ASSERT_EQ(curve(window).size(), 3);
    // Before the last layer the fake engine turns the logits round.
    const NdArray turned({6}, {trace.logits.values().rbegin(), trace.logits.values().rend()});
    EXPECT_EQ(curve(window).front().y(), double(probabilities(turned)[of]));
    EXPECT_EQ(curve(window).back().y(), double(probabilities(trace.logits)[of])) << "it ends at the prediction";
    window.saveSession(session);

    MainWindow other{setupOf(control)};
    other.show();
    other.loadModel({QStringLiteral("vit"), {}, {}});
    other.openFiles({session});
    ASSERT_TRUE(QTest::qWaitFor([&] { return !curve(other).isEmpty() && other.isIdle(); }, 30000));
    EXPECT_EQ(other.findChild<StatisticsView*>()->state().toString(), QStringLiteral("lens"));
    EXPECT_EQ(curve(other), curve(window));
}

TEST_F(MainWindowTest, ASessionWithoutItsPictureWaitsForAnother)
{
    const QString cat = save(QStringLiteral("cat.png")), session = folder.filePath(QStringLiteral("cat.vitrine"));
    drop({cat});
    settle();
    window.exploration().setLayer(2);
    window.saveSession(session);
    window.exploration().setLayer(0);
    QFile::rename(cat, folder.filePath(QStringLiteral("moved.png")));
    window.openFiles({session});
    settle();
    EXPECT_TRUE(window.messages().text().contains(QStringLiteral("is not there any more")))
        << window.messages().text().toStdString();
    window.openFiles({folder.filePath(QStringLiteral("moved.png"))});
    settle();
    EXPECT_EQ(window.exploration().layer(), 2);
}

TEST_F(MainWindowTest, ASessionOfThePictureThatIsShownIsOpenedAtOnce)
{
    const QString session = folder.filePath(QStringLiteral("cat.vitrine"));
    drop({save(QStringLiteral("cat.png"))});
    settle();
    window.exploration().setLayer(2);
    window.saveSession(session);
    window.exploration().setLayer(0);
    window.openFiles({session});
    settle();
    EXPECT_EQ(window.exploration().layer(), 2);
}

}  // namespace
}  // namespace vitrine
