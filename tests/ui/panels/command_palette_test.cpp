// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/command_palette.h"

#include <gtest/gtest.h>

#include <QAbstractItemModelTester>
#include <QLineEdit>
#include <QListView>
#include <QMenuBar>
#include <QTest>

#include "tests/ui/fake_trace.h"
#include "ui/panels/cheat_sheet.h"
#include "ui/panels/go_to_dialog.h"
#include "ui/views/parts/view_parts.h"

namespace vitrine {

class CommandPaletteTest : public testing::Test {
protected:
    CommandPaletteTest()
    {
        QMenu* file = menus.addMenu(QStringLiteral("&File"));
        open = file->addAction(QStringLiteral("&Open picture…"));
        open->setShortcut(QKeySequence(QStringLiteral("Ctrl+O")));
        file->addSeparator();
        file->addAction(QStringLiteral("Hidden"))->setVisible(false);
        QMenu* recent = file->addMenu(QStringLiteral("Open recent"));
        recent->addAction(QStringLiteral("cat.png"));
        QMenu* view = menus.addMenu(QStringLiteral("&View"));
        zoom = view->addAction(QStringLiteral("Zoom in"));
        zoom->setShortcuts({QKeySequence(QStringLiteral("+")), QKeySequence(QStringLiteral("="))});
        view->addAction(QStringLiteral("Zoom out"))->setEnabled(false);
    }

    QMenuBar menus;
    QAction* open;
    QAction* zoom;
};

TEST_F(CommandPaletteTest, GroupsAreTheMenus)
{
    const std::vector<ActionGroup> groups = actionGroups(menus);
    ASSERT_EQ(groups.size(), 3U);
    EXPECT_EQ(groups[0].title, QStringLiteral("File"));
    EXPECT_EQ(groups[0].actions, QList<QAction*>{open});
    EXPECT_EQ(groups[1].title, QStringLiteral("File › Open recent"));
    EXPECT_EQ(groups[2].actions.size(), 2);
    EXPECT_EQ(plainText(*open), QStringLiteral("Open picture"));
}

TEST_F(CommandPaletteTest, ModelKeepsTheRulesAndSurvivesLostActions)
{
    ActionsModel model(actionGroups(menus));
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
    ASSERT_EQ(model.rowCount(), 4);
    EXPECT_EQ(model.index(0).data(ActionsModel::ShortcutRole).toString(), open->shortcut().toString(QKeySequence::NativeText));
    delete open;
    EXPECT_FALSE(model.index(0).data().isValid());
    EXPECT_FALSE(model.flags(model.index(0)) & Qt::ItemIsEnabled);
}

TEST_F(CommandPaletteTest, TypedWordsFindACommandAndEnterRunsIt)
{
    int opened = 0;
    QObject::connect(open, &QAction::triggered, [&] { ++opened; });
    CommandPalette palette(actionGroups(menus));
    palette.show();
    auto* line = palette.findChild<QLineEdit*>();
    QTest::keyClicks(line, QStringLiteral("pict op"));
    EXPECT_EQ(palette.findChild<QListView*>()->model()->rowCount(), 1);
    QTest::keyClick(line, Qt::Key_Return);
    EXPECT_EQ(opened, 1);
    EXPECT_FALSE(palette.isVisible());
}

TEST_F(CommandPaletteTest, APastedTableIsCutToASearch)
{
    CommandPalette palette(actionGroups(menus));
    palette.show();
    auto* line = palette.findChild<QLineEdit*>();
    line->insert(QStringLiteral("0.365\t").repeated(5'000));
    EXPECT_EQ(line->text().size(), longestSearch);
    EXPECT_EQ(palette.findChild<QListView*>()->model()->rowCount(), 0);
}

TEST_F(CommandPaletteTest, ArrowsMoveTheListWhileTyping)
{
    int zoomed = 0;
    QObject::connect(zoom, &QAction::triggered, [&] { ++zoomed; });
    CommandPalette palette(actionGroups(menus));
    palette.show();
    auto* line = palette.findChild<QLineEdit*>();
    QTest::keyClick(line, Qt::Key_Down);
    QTest::keyClick(line, Qt::Key_Down);
    QTest::keyClick(line, Qt::Key_Return);
    EXPECT_EQ(zoomed, 1);
}

TEST_F(CommandPaletteTest, ADisabledCommandDoesNotRun)
{
    CommandPalette palette(actionGroups(menus));
    palette.show();
    auto* line = palette.findChild<QLineEdit*>();
    QTest::keyClicks(line, QStringLiteral("zoom out"));
    QTest::keyClick(line, Qt::Key_Return);
    EXPECT_TRUE(palette.isVisible());
}

TEST_F(CommandPaletteTest, CheatSheetHasTheKeysAsTheyAreNow)
{
    zoom->setShortcuts({QKeySequence(QStringLiteral("F9"))});
    const QString html = cheatSheetHtml(actionGroups(menus), {{QStringLiteral("wheel"), QStringLiteral("zoom <b>")}});
    EXPECT_TRUE(html.contains(QStringLiteral("F9")));
    EXPECT_TRUE(html.contains(QStringLiteral("Zoom in")));
    EXPECT_FALSE(html.contains(QStringLiteral("cat.png"))) << "commands without a key";
    EXPECT_TRUE(html.contains(QStringLiteral("zoom &lt;b&gt;")));
}

TEST(GoToDialog, ShowsWhereALineLeadsAndGoesThere)
{
    Exploration exploration;
    GoToDialog dialog(exploration);
    dialog.show();
    auto* line = dialog.findChild<QLineEdit*>();
    QTest::keyClicks(line, QStringLiteral("layer 2 patch 1,3"));
    QTest::keyClick(line, Qt::Key_Return);
    EXPECT_TRUE(dialog.isVisible()) << "no picture yet";
    exploration.setTrace(fakeTrace());
    QTest::keyClick(line, Qt::Key_Return);
    EXPECT_FALSE(dialog.isVisible());
    EXPECT_EQ(exploration.layer(), 2);
    EXPECT_EQ(exploration.pinned(), 1 + 5 + 3);
}

}  // namespace vitrine
