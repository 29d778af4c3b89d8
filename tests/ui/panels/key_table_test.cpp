// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/key_table.h"

#include <QKeySequenceEdit>
#include <QLabel>
#include <QMainWindow>
#include <QMenuBar>
#include <QPushButton>
#include <QSettings>
#include <QStandardPaths>
#include <QTest>
#include <QTreeWidget>
#include <gtest/gtest.h>

#include "ui/panels/cheat_sheet.h"
#include "ui/panels/keys_dialog.h"
#include "ui/session/remember.h"

namespace vitrine {
namespace {

struct KeysTest : testing::Test {
    QMainWindow window;
    QMenu* menu = window.menuBar()->addMenu(QStringLiteral("&Explore"));
    QAction* deeper = menu->addAction(QStringLiteral("Layer deeper"));
    QAction* swap = menu->addAction(QStringLiteral("&Swap…"));
    QLabel* label = new QLabel(&window);
    int swapped = 0;

    void SetUp() override
    {
        QStandardPaths::setTestModeEnabled(true);
        QSettings().clear();
        deeper->setShortcut(Qt::Key_PageDown);
        swap->setShortcuts({Qt::Key_X, Qt::CTRL | Qt::Key_X});
        label->setToolTip(QStringLiteral("deeper ({Layer deeper}), {model} stays"));
        QObject::connect(swap, &QAction::triggered, [this] { ++swapped; });
        window.show();
        ASSERT_TRUE(QTest::qWaitForWindowActive(&window));
    }
    void TearDown() override
    {
        QSettings().clear();
        QStandardPaths::setTestModeEnabled(false);
    }
    std::unique_ptr<KeyTable> table(bool persistent = true)
    {
        return std::make_unique<KeyTable>(actionGroups(*window.menuBar()), persistent, window);
    }
};

TEST_F(KeysTest, AreKeptAndComeBack)
{
    {
        const auto keys = table();
        EXPECT_EQ(keys->commands()[1].name, QStringLiteral("Explore › Swap"));
        keys->setKeys(1, {QKeySequence(Qt::Key_F9)});
        EXPECT_FALSE(keys->isStandard(1));
        keys->setKeys(0, {});
    }
    writingPool().waitForDone();
    deeper->setShortcut(Qt::Key_PageDown);
    swap->setShortcuts({Qt::Key_X, Qt::CTRL | Qt::Key_X});
    const auto keys = table();
    EXPECT_TRUE(deeper->shortcuts().isEmpty());
    QTest::keyClick(&window, Qt::Key_X);
    EXPECT_EQ(swapped, 0);
    QTest::keyClick(&window, Qt::Key_F9);
    EXPECT_EQ(swapped, 1);
    keys->reset(1);
    EXPECT_EQ(swap->shortcuts().size(), 2);
    QTest::keyClick(&window, Qt::Key_X);
    EXPECT_EQ(swapped, 2);
    swap->setShortcut(Qt::Key_F3);
    table(false);
    EXPECT_EQ(swap->shortcut(), QKeySequence(Qt::Key_F3)) << "what is not kept is not read";
}

TEST_F(KeysTest, AreWhatTooltipsAndTheCheatSheetSay)
{
    const auto keys = table(false);
    EXPECT_EQ(label->toolTip(), QStringLiteral("deeper (PgDown), {model} stays"));
    keys->setKeys(0, {QKeySequence(Qt::Key_F8)});
    EXPECT_EQ(label->toolTip(), QStringLiteral("deeper (F8), {model} stays"));
    EXPECT_EQ(label->whatsThis(), label->toolTip());
    setTextWithKeys(*label, QStringLiteral("{Swap} swaps"));
    EXPECT_EQ(label->text(), QStringLiteral("X swaps"));
    keys->setKeys(1, {QKeySequence(Qt::Key_F7)});
    EXPECT_EQ(label->text(), QStringLiteral("F7 swaps")) << "what stands there follows";
    EXPECT_TRUE(cheatSheetHtml(actionGroups(*window.menuBar()), {}).contains(QStringLiteral("F8")));
    keys->setKeys(0, {});
    EXPECT_EQ(label->toolTip(), QStringLiteral("deeper (no key), {model} stays"));
}

TEST_F(KeysTest, ThatAreTakenAreNamedBeforeTheyChangeHands)
{
    const auto keys = table(false);
    KeysDialog dialog(*keys);
    dialog.show();
    auto& list = *dialog.findChild<QTreeWidget*>();
    auto& key = *dialog.findChild<QKeySequenceEdit*>();
    const auto button = [&](const char* text) -> QPushButton& {
        for (QPushButton* each : dialog.findChildren<QPushButton*>())
            if (each->text() == QLatin1String(text))
                return *each;
        throw std::logic_error(text);
    };
    const auto says = [&](const char* text) {
        for (const QLabel* each : dialog.findChildren<QLabel*>())
            if (each->text().contains(QString::fromUtf8(text)))
                return true;
        return false;
    };
    list.setCurrentItem(list.topLevelItem(0));
    key.setKeySequence(Qt::Key_Space);
    EXPECT_TRUE(says("choose another key"));
    EXPECT_FALSE(button("Set").isEnabled());
    key.setKeySequence(Qt::Key_X);
    EXPECT_TRUE(says("“Explore › Swap”"));
    QTest::mouseClick(&button("Set"), Qt::LeftButton);
    EXPECT_EQ(deeper->shortcut(), QKeySequence(Qt::Key_X));
    EXPECT_EQ(swap->shortcuts(), QList<QKeySequence>{QKeySequence(Qt::CTRL | Qt::Key_X)});
    EXPECT_EQ(list.topLevelItem(0)->text(1), QStringLiteral("X"));
    QTest::mouseClick(&button("Reset all"), Qt::LeftButton);
    EXPECT_EQ(deeper->shortcut(), QKeySequence(Qt::Key_PageDown));
    EXPECT_EQ(swap->shortcuts().size(), 2);
    QTest::mouseClick(&button("No key"), Qt::LeftButton);
    EXPECT_TRUE(deeper->shortcuts().isEmpty());
}

}  // namespace
}  // namespace vitrine
