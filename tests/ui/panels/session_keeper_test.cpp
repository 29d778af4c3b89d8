// SPDX-License-Identifier: GPL-3.0-or-later
// What is looked at outlives the program.
#include "ui/panels/session_keeper.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QDir>
#include <QFile>
#include <QLineEdit>
#include <QPushButton>
#include <QSettings>
#include <QSpinBox>
#include <QStandardPaths>
#include <QTextBrowser>
#include <QTimer>

#include "tests/ui/panels/window_fixture.h"
#include "ui/panels/cheat_sheet.h"
#include "ui/panels/explore_steps.h"
#include "ui/panels/settings_dialog.h"
#include "ui/panels/workspace.h"
#include "ui/session/remember.h"
#include "ui/views/parts/wheel_steps.h"

namespace vitrine {
namespace {

Session sessionOf(int layer)
{
    Session session;
    session.picture = QStringLiteral("/pictures/cat.png");
    session.model.nameOrPath = QStringLiteral("vit");
    session.place.layer = layer;
    return session;
}

TEST(SessionKeeper, KeepsWhatWasLookedAtAndSaysWhetherItEnded)
{
    const QTemporaryDir folder;
    {
        SessionKeeper keeper(folder.path(), [] { return sessionOf(1); });
        EXPECT_TRUE(keeper.kept().isEmpty());
        // A second program at the same time leaves it alone.
        SessionKeeper other(folder.path(), [] { return sessionOf(7); });
        EXPECT_TRUE(other.kept().isEmpty());
        other.close();
        keeper.close();
    }
    {
        SessionKeeper keeper(folder.path(), [] { return sessionOf(2); });
        ASSERT_FALSE(keeper.kept().isEmpty());
        EXPECT_EQ(openSession(keeper.kept()).place.layer, 1);
        EXPECT_TRUE(keeper.cutOff().isEmpty());
        keeper.touch();
        EXPECT_TRUE(QTest::qWaitFor([&] { return openSession(keeper.kept()).place.layer == 2; }, 5000));
        // No close(): the program was killed.
    }
    SessionKeeper keeper(folder.path(), [] { return sessionOf(3); });
    EXPECT_TRUE(keeper.kept().isEmpty()) << "what was looked at may be what brought it down";
    ASSERT_FALSE(keeper.cutOff().isEmpty());
    keeper.close();
    EXPECT_EQ(openSession(keeper.cutOff()).place.layer, 2) << "it is not written over";
}

TEST_F(MainWindowTest, TheNextStartGoesOnWhereOneWas)
{
    QStandardPaths::setTestModeEnabled(true);
    QSettings().clear();
    QDir(QStandardPaths::writableLocation(QStandardPaths::AppLocalDataLocation)).removeRecursively();
    const QString cat = save(QStringLiteral("cat.png")), dog = save(QStringLiteral("dog.png"));
    WindowSetup setup = setupOf(control);
    setup.persistent = true;
    {
        MainWindow first(setup);
        first.show();
        EXPECT_FALSE(first.openKept());
        first.loadModel({QStringLiteral("tnt"), {}, {}});
        first.openFiles({dog, cat});
        ASSERT_TRUE(QTest::qWaitFor([&] { return first.isIdle() && first.exploration().trace(); }, 30000));
        first.exploration().setPlace({2, {HeadFusion::Single, 1, {}}, 6, Direction::LookedAtBy, {}});
        changeDisplay(first.exploration(), [](auto& display) { display.opacity = 0.4; });
        first.showView(QStringLiteral("inside"));
        first.close();
    }
    MainWindow second(setup);
    second.show();
    second.loadModel({QStringLiteral("vit"), {}, {}});
    ASSERT_TRUE(second.openKept());
    ASSERT_TRUE(QTest::qWaitFor([&] { return second.isIdle() && second.exploration().pinned() == 6; }, 30000));
    EXPECT_EQ(second.exploration().trace()->model->architecture, Architecture::Tnt);
    EXPECT_EQ(second.exploration().layer(), 2);
    EXPECT_EQ(second.exploration().direction(), Direction::LookedAtBy);
    EXPECT_EQ(second.exploration().display().opacity, 0.4);
    EXPECT_EQ(second.workspace().page(), QStringLiteral("inside"));
    EXPECT_EQ(second.pictures().rowCount(), 2);
    EXPECT_TRUE(second.windowTitle().contains(QStringLiteral("dog.png")));
    second.close();
    QSettings().clear();
    QStandardPaths::setTestModeEnabled(false);
}

TEST(SettingsDialog, SaysWhatTheCommandLineCanSay)
{
    Settings settings;
    settings.model.nameOrPath = QStringLiteral("vit");
    settings.model.overrides.fit = Fit::Letterbox;
    const auto spec = fakeSpec();
    SettingsDialog dialog(settings, spec.get(), {{QStringLiteral("cpu"), QStringLiteral("CPU")}});
    EXPECT_EQ(dialog.settings().model.key(), settings.model.key()) << "what is not touched is not said";
    const auto spin = [&](const QString& name) {
        for (QSpinBox* box : dialog.findChildren<QSpinBox*>())
            if (box->accessibleName() == name)
                return box;
        return static_cast<QSpinBox*>(nullptr);
    };
    spin(QStringLiteral("Heads"))->setValue(4);
    spin(QStringLiteral("Height of the input"))->setValue(128);
    QLineEdit* mean = dialog.findChildren<QLineEdit*>().back();
    for (QLineEdit* line : dialog.findChildren<QLineEdit*>())
        if (line->placeholderText() == QStringLiteral("unchanged (0.5 0.5 0.5)")) {
            mean = line;
            break;
        }
    auto* ok = dialog.findChild<QDialogButtonBox*>()->button(QDialogButtonBox::Ok);
    EXPECT_TRUE(ok->isDefault()) << "Return takes what was said";
    mean->setText(QStringLiteral("0.4, many"));
    EXPECT_FALSE(ok->isEnabled());
    mean->setText(QStringLiteral("0.4, 0.5 0.6"));
    EXPECT_TRUE(ok->isEnabled());
    const ModelOverrides said = dialog.settings().model.overrides;
    EXPECT_EQ(said.heads, 4);
    EXPECT_EQ(said.imageHeight, 128);
    EXPECT_EQ(said.imageWidth, 128);
    EXPECT_EQ(said.fit, Fit::Letterbox);
    EXPECT_EQ(said.mean, (std::array<float, 3>{0.4F, 0.5F, 0.6F}));
    EXPECT_FALSE(said.deviation);
    EXPECT_FALSE(said.innerHeads);
}

TEST_F(MainWindowTest, TheSettingsSayWhatTheWheelDoesAndItIsKept)
{
    QStandardPaths::setTestModeEnabled(true);
    QSettings().clear();
    WindowSetup setup = setupOf(control);
    setup.persistent = true;
    const auto keysSay = [](const char* text) {
        CheatSheet sheet({}, nullptr);
        return sheet.findChild<QTextBrowser*>()->toPlainText().simplified().contains(QString::fromLatin1(text));
    };
    EXPECT_TRUE(keysSay("wheel zoom at the pointer Shift+wheel layer deeper"));
    {
        MainWindow first(setup);
        first.show();
        first.activateWindow();
        ASSERT_TRUE(QTest::qWaitForWindowActive(&first));
        bool asked = false;
        QTimer::singleShot(0, [&] {
            auto* dialog = qobject_cast<SettingsDialog*>(QApplication::activeModalWidget());
            ASSERT_TRUE(dialog);
            asked = true;
            for (QComboBox* box : dialog->findChildren<QComboBox*>())
                if (box->accessibleName() == QStringLiteral("What the wheel does"))
                    QTest::keyClick(box, Qt::Key_Down);
            QTest::keyClick(dialog, Qt::Key_Return);
        });
        QTest::keyClick(&first, Qt::Key_Comma, Qt::ControlModifier);
        EXPECT_TRUE(asked);
        EXPECT_EQ(wheelUse(), WheelUse::Layers);
        first.close();
        writingPool().waitForDone();
    }
    setWheelUse(WheelUse::Zoom);
    {
        MainWindow second(setup);
        EXPECT_EQ(wheelUse(), WheelUse::Layers);
        EXPECT_TRUE(keysSay("Ctrl+wheel zoom at the pointer wheel layer deeper"));
    }
    setWheelUse(WheelUse::Zoom);
    QSettings().clear();
    QStandardPaths::setTestModeEnabled(false);
}

}  // namespace
}  // namespace vitrine
