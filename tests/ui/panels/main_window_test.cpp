// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/main_window.h"

#include <QAction>
#include <QComboBox>
#include <QLineEdit>
#include <QPushButton>
#include <QSlider>
#include <QTest>
#include <gtest/gtest.h>

#include <map>

#include "core/explain/opening.h"
#include "tests/ui/panels/window_fixture.h"
#include "ui/panels/canvas_panel.h"
#include "ui/panels/overlays.h"
#include "ui/views/parts/chip.h"

namespace vitrine {
namespace {

TEST_F(MainWindowTest, NoTwoCommandsShareAKey)
{
    std::map<QString, QString> owners;
    for (const QAction* action : window.findChildren<QAction*>())
        for (const QKeySequence& keys : action->shortcuts()) {
            if (keys.isEmpty())
                continue;
            const auto [owner, isFirst] = owners.emplace(keys.toString(), action->text());
            EXPECT_TRUE(isFirst) << keys.toString().toStdString() << ": " << owner->second.toStdString() << " and "
                                 << action->text().toStdString();
        }
    EXPECT_GT(owners.size(), 40U);
}

TEST_F(MainWindowTest, FindPutsTheCursorIntoTheSearch)
{
    drop({save(QStringLiteral("cat.png"))});
    settle();
    window.canvasPanel().canvas().setFocus();
    QTest::keyClick(window.focusWidget(), Qt::Key_F, Qt::ControlModifier);
    ASSERT_TRUE(window.focusWidget());
    EXPECT_TRUE(window.focusWidget()->inherits("QLineEdit"));
}

TEST_F(MainWindowTest, StartsWhereThereIsSomethingToSeeWithNothingToGoBackTo)
{
    drop({save(QStringLiteral("cat.png"))});
    settle();
    const Exploration& exploration = window.exploration();
    const std::optional<Opening> found = opening(*exploration.trace());
    ASSERT_TRUE(found);
    EXPECT_EQ(exploration.layer(), found->layer);
    EXPECT_EQ(exploration.pinned(), exploration.trace()->model->prefixTokens() + found->patch);
    EXPECT_TRUE(exploration.display().byValue);
    EXPECT_FALSE(window.exploration().canGoBack());
    window.exploration().setLayer(0);
    drop({save(QStringLiteral("dog.png"))});
    settle();
    EXPECT_EQ(window.exploration().layer(), 0);
}

TEST_F(MainWindowTest, MapsOfAnotherPictureAreNeverLeftWithoutTheirOwn)
{
    drop({save(QStringLiteral("cat.png"))});
    settle();
    ASSERT_TRUE(window.exploration().trace());
    control->runError = "The device ran out of memory: choose a smaller model.";
    drop({save(QStringLiteral("dog.png"))});
    settle();
    EXPECT_TRUE(window.windowTitle().contains(QStringLiteral("dog.png")));
    EXPECT_FALSE(window.exploration().trace());
}

TEST_F(MainWindowTest, EndsWhateverRuns)
{
    settle();
    control->runGate.close();
    drop({save(QStringLiteral("cat.png"))});
    ASSERT_TRUE(QTest::qWaitFor([this] { return control->runGate.hasSomebody(); }, 30000));
    EXPECT_FALSE(window.end(QDeadlineTimer(20)));
    control->runGate.open();
    EXPECT_TRUE(window.end(QDeadlineTimer(5000)));
}

TEST_F(MainWindowTest, KeysWorkAfterTheToolbarWasUsedButNotInTextFields)
{
    drop({save(QStringLiteral("cat.png"))});
    settle();
    Exploration& exploration = window.exploration();
    exploration.setLayer(0);
    for (QWidget* each : window.findChildren<QWidget*>()) {
        const bool taken = qobject_cast<QComboBox*>(each) || qobject_cast<QSlider*>(each) || qobject_cast<Chip*>(each);
        if (!taken || !each->isVisible() || !each->isEnabled() || each->focusPolicy() == Qt::NoFocus)
            continue;
        each->setFocus(Qt::MouseFocusReason);
        exploration.setLayer(0);
        QTest::keyClick(each, Qt::Key_PageDown);
        EXPECT_EQ(exploration.layer(), 1) << each->accessibleName().toStdString();
    }
    QTest::keyClick(window.focusWidget(), Qt::Key_F, Qt::ControlModifier);
    auto* field = qobject_cast<QLineEdit*>(window.focusWidget());
    ASSERT_TRUE(field);
    const Direction before = exploration.direction();
    QTest::keyClicks(field, QStringLiteral("xmc?,."));
    EXPECT_EQ(field->text(), QStringLiteral("xmc?,."));
    EXPECT_EQ(exploration.direction(), before);
}

TEST_F(MainWindowTest, EscapeGoesBackToClsUnderTheMouse)
{
    drop({save(QStringLiteral("cat.png"))});
    settle();
    CanvasView& canvas = window.canvasPanel().canvas();
    click(canvas, canvas.patchRect(7).center());
    moveMouse(canvas, canvas.patchRect(7).center());
    QTest::keyClick(&canvas, Qt::Key_Escape);
    EXPECT_EQ(window.exploration().shownToken(), 0);
}

TEST_F(MainWindowTest, LongWorkShowsHowFarItIsAndCanBeStopped)
{
    drop({save(QStringLiteral("cat.png"))});
    settle();
    control->loadGate.close();
    window.loadModel({QStringLiteral("tnt"), {}, {}});
    auto* card = window.findChild<BusyCard*>();
    ASSERT_TRUE(QTest::qWaitFor([&] { return card->isVisible(); }, 30000));
    EXPECT_TRUE(card->accessibleDescription().contains(QStringLiteral("Loading TNT")));
    int veiled = 0;
    for (const ViewEntry& view : window.views())
        for (QObject* child : view.widget->children())
            if (auto* veil = dynamic_cast<Veil*>(child))
                veiled += veil->isVisibleTo(view.widget) ? 1 : 0;
    EXPECT_EQ(veiled, static_cast<int>(window.views().size())) << "old maps are dimmed, not gone";
    EXPECT_TRUE(window.exploration().trace());
    card->findChild<QPushButton*>()->click();
    control->loadGate.open();
    settle();
    EXPECT_FALSE(card->isVisible());
}

TEST_F(MainWindowTest, MenusTickWhatIsSo)
{
    settle();
    const auto action = [this](const QString& text) {
        for (QAction* each : window.findChildren<QAction*>())
            if (each->text() == text)
                return each;
        return static_cast<QAction*>(nullptr);
    };
    QAction* const grid = action(QStringLiteral("Grid"));
    ASSERT_TRUE(grid);
    EXPECT_TRUE(grid->isChecked());
    DisplaySettings display = window.exploration().display();
    display.grid = false;
    window.exploration().setDisplay(display);
    EXPECT_FALSE(grid->isChecked());
    grid->trigger();
    EXPECT_TRUE(window.exploration().display().grid);
    EXPECT_TRUE(grid->isChecked());
}

TEST_F(MainWindowTest, EscapeUnpinsAndKeysWalk)
{
    drop({save(QStringLiteral("cat.png"))});
    settle();
    CanvasView& canvas = window.canvasPanel().canvas();
    canvas.setFocus();
    window.exploration().setLayer(2);
    window.exploration().pin(5);
    QTest::keyClick(&canvas, Qt::Key_Escape);
    EXPECT_FALSE(window.exploration().pinned());
    QTest::keyClick(&canvas, Qt::Key_PageUp);
    EXPECT_EQ(window.exploration().layer(), 1);
    QTest::keyClick(&canvas, Qt::Key_X);
    EXPECT_EQ(window.exploration().direction(), Direction::LookedAtBy);
    QTest::keyClick(&canvas, Qt::Key_M);
    EXPECT_EQ(window.exploration().heads().fusion, HeadFusion::Single);
    QTest::keyClick(&canvas, Qt::Key_Left, Qt::AltModifier);
    EXPECT_EQ(window.exploration().heads().fusion, HeadFusion::Mean);
}

TEST_F(MainWindowTest, FitsASmallScreenFromTheStart)
{
    MainWindow other{setupOf(control)};
    other.resize(1024, 640);
    other.show();
    EXPECT_EQ(other.size(), QSize(1024, 640));
}

}  // namespace
}  // namespace vitrine
