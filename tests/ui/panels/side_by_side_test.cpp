// SPDX-License-Identifier: GPL-3.0-or-later
// The comparison in the window: what stands beside the picture, from which network, and that it comes back.
#include "ui/panels/side_by_side.h"

#include <QAction>
#include <QComboBox>
#include <QTest>
#include <gtest/gtest.h>

#include "tests/ui/panels/window_fixture.h"
#include "ui/panels/side_panel.h"
#include "ui/panels/workspace.h"
#include "ui/views/compare/compare_view.h"

namespace vitrine {
namespace {

struct SideBySideTest : MainWindowTest {
    SideBySide& compare = *window.findChild<SideBySide*>();
    CompareView& view = compare.view();

    void open()
    {
        drop({save(QStringLiteral("cat.png")), save(QStringLiteral("dog.png"), 80, 40)});
        settle();
    }
    void choose(CompareView::Side side, const QString& name, int index)
    {
        for (QComboBox* box : view.pane(side).findChildren<QComboBox*>())
            if (box->accessibleName() == name) {
                box->setCurrentIndex(index);
                Q_EMIT box->activated(index);
            }
        settle();
    }
    void chooseModel(CompareView::Side side, int index) { choose(side, QStringLiteral("Model of this side"), index); }
    void choosePicture(CompareView::Side side, int index) { choose(side, QStringLiteral("Picture of this side"), index); }
    bool awaitEngines(int count)
    {
        return QTest::qWaitFor([&] { return control->alive.load() == count; }, 5000);
    }
};

TEST_F(SideBySideTest, ItsPageOpensWithTheOtherBundledModel)
{
    open();
    ASSERT_TRUE(window.showView(QStringLiteral("compare")));
    settle();
    ASSERT_TRUE(compare.second().trace());
    EXPECT_EQ(compare.second().trace()->model->architecture, Architecture::Tnt);
    EXPECT_EQ(control->alive.load(), 2);
    EXPECT_FALSE(window.showView(QStringLiteral("nothing")));
}

TEST_F(SideBySideTest, EachSideNamesItsModelAlsoWhereItIsAFile)
{
    const auto named = [&](CompareView::Side side) {
        for (const QComboBox* box : view.pane(side).findChildren<QComboBox*>())
            if (box->accessibleName() == QStringLiteral("Model of this side"))
                return box->currentText();
        return QString();
    };
    open();
    window.loadModel({folder.filePath(QStringLiteral("own.safetensors")), {}, {}});
    settle();
    compare.compareLayers();
    EXPECT_EQ(named(CompareView::First), QStringLiteral("own.safetensors"));
    EXPECT_EQ(named(CompareView::Second), QStringLiteral("own.safetensors"));
    compare.compareModel({folder.filePath(QStringLiteral("other.safetensors")), {}, {}});
    settle();
    EXPECT_EQ(named(CompareView::First), QStringLiteral("own.safetensors"));
    EXPECT_EQ(named(CompareView::Second), QStringLiteral("other.safetensors"));
    window.loadModel({QStringLiteral("vit"), {}, {}});
    settle();
    EXPECT_EQ(named(CompareView::First), QStringLiteral("ViT"));
    EXPECT_EQ(named(CompareView::Second), QStringLiteral("other.safetensors"));
}

TEST_F(SideBySideTest, TwoLayersAreNeverTheSameOne)
{
    open();
    for (const int layer : {0, window.exploration().trace()->layers() - 1}) {
        window.exploration().setLayer(layer);
        compare.compareLayers();
        EXPECT_EQ(window.exploration().layer(), layer);
        EXPECT_EQ(std::abs(compare.second().layer() - layer), 1);
        EXPECT_EQ(compare.second().trace(), window.exploration().trace());
        for (const CompareView::Side side : {CompareView::First, CompareView::Second})
            EXPECT_FALSE(view.pane(side).canvas().patchRect(0).isEmpty());
    }
}

TEST_F(SideBySideTest, AModelThatOtherPanesShowIsNotLoadedTwice)
{
    open();
    compare.compareLayers();
    choosePicture(CompareView::Second, 1);
    ASSERT_TRUE(compare.second().trace());
    EXPECT_EQ(compare.second().trace()->picture.originalWidth, 80);
    EXPECT_EQ(compare.second().trace()->model, window.exploration().trace()->model);
    EXPECT_EQ(control->loads.load(), 1);
    // Another model beside it, and the window's again: what was loaded for it goes.
    chooseModel(CompareView::Second, 1);
    EXPECT_TRUE(awaitEngines(2));
    EXPECT_EQ(compare.second().trace()->model->architecture, Architecture::Tnt);
    chooseModel(CompareView::Second, 0);
    EXPECT_TRUE(awaitEngines(1));
    EXPECT_EQ(compare.second().trace()->model, window.exploration().trace()->model);
    // The window takes the model that stands beside it.
    chooseModel(CompareView::Second, 1);
    chooseModel(CompareView::First, 1);
    EXPECT_TRUE(awaitEngines(1));
    EXPECT_EQ(window.exploration().trace()->model->architecture, Architecture::Tnt);
    EXPECT_EQ(compare.second().trace()->model, window.exploration().trace()->model);
}

TEST_F(SideBySideTest, EachSideChoosesItsModelAndPicture)
{
    open();
    compare.compareBundled();
    choosePicture(CompareView::Second, 1);
    const Figure figure = view.figure();
    const auto said = [&](const QString& key) {
        for (const auto& [name, value] : figure.metadata)
            if (name == key)
                return value;
        return QString();
    };
    EXPECT_EQ(said(QStringLiteral("first Picture")), QStringLiteral("cat.png"));
    EXPECT_EQ(said(QStringLiteral("second Picture")), QStringLiteral("dog.png"));
    EXPECT_EQ(said(QStringLiteral("second Model")), QStringLiteral("tnt"));
}

TEST_F(SideBySideTest, LayersThatWereLeftOutComeForTheSecondPaneToo)
{
    window.findChild<SidePanel*>()->hide();  // it asks for maps by itself, whose derivatives need the layers
    control->leaveAttentionOut = true;
    window.loadModel({QStringLiteral("vit"), {}, {}});
    open();
    compare.compareLayers();
    settle();
    EXPECT_FALSE(compare.second().attention(compare.second().layer()).empty());
    EXPECT_FALSE(window.exploration().attention(window.exploration().layer()).empty());
}

TEST_F(SideBySideTest, UndoTakesBackWhatWasDoneOnTheSecondSide)
{
    open();
    compare.compareLayers();
    view.linkAction()->setChecked(false);
    const int before = compare.second().layer(), after = before == 0 ? 1 : before - 1;
    compare.second().setLayer(after);
    QTest::keyClick(&window, Qt::Key_Z, Qt::ControlModifier);
    EXPECT_EQ(compare.second().layer(), before);
    QTest::keyClick(&window, Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
    EXPECT_EQ(compare.second().layer(), after);
}

TEST_F(SideBySideTest, ASessionBringsItBack)
{
    open();
    compare.compareBundled();
    choosePicture(CompareView::Second, 1);
    view.differenceAction()->setChecked(true);
    view.linkAction()->setChecked(false);
    compare.second().setLayer(1);
    compare.second().setHeads({HeadFusion::Single, 1, {}});
    const QString session = folder.filePath(QStringLiteral("both.vitrine"));
    window.saveSession(session);

    MainWindow other{setupOf(control)};
    other.show();
    other.openFiles({session});
    auto& again = *other.findChild<SideBySide*>();
    ASSERT_TRUE(QTest::qWaitFor([&] { return other.isIdle() && again.second().trace(); }, 5000));
    EXPECT_EQ(other.workspace().page(), QStringLiteral("compare"));
    EXPECT_EQ(again.second().trace()->model->architecture, Architecture::Tnt);
    EXPECT_EQ(again.second().trace()->picture.originalWidth, 80);
    EXPECT_EQ(again.second().place(), compare.second().place());
    EXPECT_FALSE(again.view().linkAction()->isChecked());
    EXPECT_TRUE(again.view().differenceAction()->isChecked());
    // A session without one ends it.
    compare.stop();
    window.saveSession(session);
    other.openFiles({session});
    ASSERT_TRUE(QTest::qWaitFor([&] { return other.isIdle() && !again.isActive(); }, 5000));
    EXPECT_EQ(other.workspace().page(), QStringLiteral("canvas"));
}

}  // namespace
}  // namespace vitrine
