// SPDX-License-Identifier: GPL-3.0-or-later
// Maps of methods and changed passes, from the menu to the picture.
#include <QAction>
#include <QComboBox>
#include <QTest>
#include <gtest/gtest.h>

#include "tests/ui/panels/window_fixture.h"
#include "ui/models/predictions_model.h"
#include "ui/panels/message_bar.h"
#include "ui/panels/side_panel.h"

namespace vitrine {
namespace {

TEST_F(MainWindowTest, AMethodOfTheBarCoversThePicture)
{
    window.findChild<SidePanel*>()->hide();  // it asks for maps by itself
    drop({save(QStringLiteral("cat.png"))});
    settle();
    QComboBox* chooser = nullptr;
    for (QComboBox* box : window.findChildren<QComboBox*>())
        if (box->accessibleName() == QStringLiteral("Map"))
            chooser = box;
    ASSERT_TRUE(chooser);
    const int index = chooser->findData(QStringLiteral("chefer"));
    ASSERT_GE(index, 0);
    EXPECT_FALSE(chooser->itemData(index, Qt::ToolTipRole).toString().isEmpty());
    chooser->setCurrentIndex(index);
    Q_EMIT chooser->activated(index);
    settle();
    ASSERT_TRUE(window.exploration().map());
    const float first = window.exploration().map()->range.high;
    EXPECT_EQ(control->gradients.load(), 1);
    // Of another class: the fake derivatives grow with its number.
    const int best = *window.exploration().shownClass(), other = best == 5 ? 4 : 5;
    window.exploration().chooseClass(other);
    settle();
    EXPECT_NE(window.exploration().map()->range.high, first);
    QTest::keyClick(&window, Qt::Key_Escape);
    QTest::keyClick(&window, Qt::Key_Escape);
    EXPECT_EQ(window.exploration().method(), nullptr);
    EXPECT_EQ(chooser->currentIndex(), 0);
}

TEST_F(MainWindowTest, MethodsAreComputedOnceTheirSheetIsSeen)
{
    window.findChild<SidePanel*>()->hide();  // it asks for maps by itself
    drop({save(QStringLiteral("cat.png"))});
    settle();
    EXPECT_EQ(control->gradients.load(), 0);
    ASSERT_TRUE(window.showView(QStringLiteral("methods")));
    EXPECT_TRUE(QTest::qWaitFor([this] { return control->gradients > 3; }, 5000));
}

TEST_F(MainWindowTest, AMapThatFailsSaysWhyAndIsNotAskedForAgain)
{
    window.findChild<SidePanel*>()->hide();  // it asks for maps by itself
    control->gradientError = "no derivatives today";
    drop({save(QStringLiteral("cat.png"))});
    settle();
    window.exploration().setMethod(&findMethod("chefer"));
    settle();
    EXPECT_EQ(control->gradients.load(), 1);
    EXPECT_FALSE(window.exploration().map());
    const MapRequest asked = *window.exploration().request(*window.exploration().method());
    EXPECT_EQ(window.exploration().answer(asked)->problem, QStringLiteral("no derivatives today"));
}

TEST_F(MainWindowTest, AStrokeErasesAndThePredictionsSayWhatItDid)
{
    drop({save(QStringLiteral("cat.png"))});
    settle();
    CanvasView& canvas = window.canvasPanel().canvas();
    QTest::keyClick(&window, Qt::Key_E);
    ASSERT_TRUE(canvas.isErasing());
    const std::optional<int> pinned = window.exploration().pinned();
    const QPointF first = canvas.patchRect(0).center(), second = canvas.patchRect(1).center();
    WhatIf change = window.exploration().place().change;
    change.with = std::nullopt;
    window.exploration().setChange(change);
    drag(canvas, first, second);
    EXPECT_EQ(window.exploration().place().change.erased, (std::vector<int>{0, 1}));
    EXPECT_EQ(window.exploration().pinned(), pinned) << "a stroke is no click";
    settle();
    ASSERT_TRUE(window.exploration().isChanged());
    PredictionsModel model;
    model.setTrace(window.exploration().trace(), window.exploration().base());
    ASSERT_TRUE(model.isChanged());
    EXPECT_FLOAT_EQ(*model.before(3), probabilities(window.exploration().base()->logits)[3]);
    // Where a stroke begins on an erased patch it brings patches back.
    click(canvas, first);
    EXPECT_EQ(window.exploration().place().change.erased, (std::vector<int>{1}));
    QTest::keyClick(&window, Qt::Key_E, Qt::ShiftModifier);
    settle();
    EXPECT_FALSE(window.exploration().isChanged());
    QTest::keyClick(&window, Qt::Key_Escape);
    EXPECT_FALSE(canvas.isErasing());
}

TEST_F(MainWindowTest, TheMenuHasEveryMethodAndSaysWhatDoesNotSuit)
{
    drop({save(QStringLiteral("cat.png"))});
    settle();
    const auto trigger = [this](const QString& text) {
        for (QAction* action : window.findChildren<QAction*>())
            if (action->text() == text) {
                action->trigger();
                return true;
            }
        return false;
    };
    for (const Method& method : methods())
        EXPECT_TRUE(trigger(QString::fromUtf8(method.id))) << method.id;
    EXPECT_EQ(window.exploration().method(), &findMethod("gaussian")) << "the last one that suits a ViT";
    ASSERT_TRUE(trigger(QStringLiteral("nested-rollout")));
    EXPECT_EQ(window.exploration().method(), &findMethod("gaussian"));
    EXPECT_TRUE(window.messages().text().contains(QStringLiteral("choose a TNT"))) << window.messages().text().toStdString();
}

TEST_F(MainWindowTest, WhatIsStoppedIsNotNamedAsShown)
{
    window.findChild<SidePanel*>()->hide();  // it asks for maps by itself
    drop({save(QStringLiteral("cat.png"))});
    settle();
    control->gradientGate.close();
    window.exploration().setMethod(&findMethod("chefer"));
    control->gradientGate.awaitSomebody();
    QTest::keyClick(&window, Qt::Key_Escape);
    EXPECT_EQ(window.exploration().method(), nullptr);
    EXPECT_TRUE(window.exploration().map());
    control->gradientGate.open();
    settle();
    control->rerunGate.close();
    window.exploration().setChange({{1}, std::nullopt, {}});
    control->rerunGate.awaitSomebody();
    QTest::keyClick(&window, Qt::Key_Escape);
    EXPECT_TRUE(window.exploration().place().change.empty());
    control->rerunGate.open();
    settle();
    EXPECT_FALSE(window.exploration().isChanged());
}

}  // namespace
}  // namespace vitrine
