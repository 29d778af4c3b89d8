// SPDX-License-Identifier: GPL-3.0-or-later
// Which model is shown, what is doubtful about it, and what stands in for one that cannot be read.
#include <QAbstractButton>
#include <QAction>
#include <QFile>
#include <QLabel>
#include <QMenu>
#include <QTest>
#include <gtest/gtest.h>

#include <stdexcept>

#include "tests/ui/panels/window_fixture.h"
#include "ui/panels/doubt_bar.h"
#include "ui/panels/message_bar.h"

namespace vitrine {
namespace {

QAbstractButton& buttonOf(QWidget& bar, const QString& text)
{
    for (QAbstractButton* button : bar.findChildren<QAbstractButton*>())
        if (button->text() == text && button->isVisible())
            return *button;
    throw std::runtime_error("no button " + text.toStdString());
}

/// What the bar's label shows.
QString shownText(QWidget& bar)
{
    for (const QLabel* label : bar.findChildren<QLabel*>())
        if (!label->text().isEmpty())
            return label->text();
    return {};
}

TEST_F(MainWindowTest, SeveralDoubtsUnfoldIntoALineEach)
{
    std::string wordy = "said";
    for (int i = 0; i < 100; ++i)
        wordy += " in words";
    control->assumed = {{Severity::Doubtful, "six heads"}, {Severity::Doubtful, wordy}, {Severity::Unreliable, "no numbers"}};
    window.loadModel({QStringLiteral("mine"), {}, {}});
    settle();
    DoubtBar& bar = window.doubts();
    EXPECT_EQ(shownText(bar), QStringLiteral("mine · Unreliable: no numbers")) << "the worst first";
    QApplication::processEvents();
    const int folded = bar.height();
    QTest::mouseClick(&buttonOf(bar, QStringLiteral("and 2 more")), Qt::LeftButton);
    EXPECT_EQ(shownText(bar).count(u'\n'), 2);
    EXPECT_TRUE(shownText(bar).endsWith(QString::fromStdString(wordy)));
    EXPECT_TRUE(QTest::qWaitFor([&] { return bar.height() > folded + 20; }, 30000)) << bar.height();
    QTest::mouseClick(&buttonOf(bar, QStringLiteral("Less")), Qt::LeftButton);
    EXPECT_TRUE(QTest::qWaitFor([&] { return bar.height() == folded; }, 30000)) << bar.height();

    // One that is too long for its line.
    control->assumed = {{Severity::Doubtful, wordy}};
    window.loadModel({QStringLiteral("wordy"), {}, {}});
    settle();
    EXPECT_TRUE(QTest::qWaitFor([&] { return shownText(bar).endsWith(QChar(0x2026)); }, 30000)) << shownText(bar).toStdString();
    QTest::mouseClick(&buttonOf(bar, QStringLiteral("More")), Qt::LeftButton);
    EXPECT_TRUE(shownText(bar).endsWith(QString::fromStdString(wordy)));
}

TEST_F(MainWindowTest, SaysWhatTheNetworkDoesNotSeeOfAPicture)
{
    drop({save(QStringLiteral("photo.png"))});
    settle();
    EXPECT_EQ(window.doubts().text(), QString());
    const QString panorama = save(QStringLiteral("panorama.png"), 800, 50), sticker = folder.filePath(QStringLiteral("s.png"));
    QImage clear(60, 48, QImage::Format_ARGB32);
    clear.fill(Qt::red);
    for (int x = 0; x < 30; ++x)
        for (int y = 0; y < 48; ++y)
            clear.setPixelColor(x, y, QColor(255, 255, 255, 0));
    ASSERT_TRUE(clear.save(sticker));
    drop({panorama});
    settle();
    EXPECT_EQ(window.doubts().kind(), MessageBar::Kind::Doubt);
    EXPECT_TRUE(window.doubts().text().startsWith(QStringLiteral("The network sees only the middle ")))
        << window.doubts().text().toStdString();
    drop({sticker});
    settle();
    EXPECT_EQ(window.doubts().text(), QStringLiteral("50 % of this picture is transparent: the network sees white there."));
    QTest::mouseClick(&buttonOf(window.doubts(), QStringLiteral("✕")), Qt::LeftButton);
    drop({save(QStringLiteral("next.png"))});
    settle();
    drop({save(QStringLiteral("longer.png"), 900, 50)});
    settle();
    EXPECT_TRUE(window.doubts().text().contains(QStringLiteral("only the middle"))) << "another doubt than the one closed";
    QTest::mouseClick(&buttonOf(window.doubts(), QStringLiteral("✕")), Qt::LeftButton);
    drop({panorama});
    settle();
    EXPECT_EQ(window.doubts().text(), QString()) << "closed once, it is closed for every picture";
}

TEST_F(MainWindowTest, WhatIsDoubtfulStaysOverThePictureUntilItIsClosedOrTheModelGoes)
{
    settle();
    EXPECT_TRUE(window.doubts().text().isEmpty());
    control->assumed = {{Severity::Information, "known"}, {Severity::Doubtful, "six heads"}, {Severity::Doubtful, "GELU"}};
    window.loadModel({QStringLiteral("mine"), {}, {}});
    settle();
    EXPECT_EQ(window.doubts().kind(), MessageBar::Kind::Doubt);
    EXPECT_EQ(window.doubts().text(), QStringLiteral("mine · Doubtful: six heads\nDoubtful: GELU"));
    // Closed, it does not come back with the same model on another device.
    buttonOf(window.doubts(), QStringLiteral("✕")).click();
    window.loadModel({QStringLiteral("mine"), {}, {{}, 2}});
    settle();
    EXPECT_TRUE(window.doubts().text().isEmpty());

    control->assumed = {{Severity::Doubtful, "six heads"}, {Severity::Unreliable, "no numbers"}};
    window.loadModel({QStringLiteral("broken"), {}, {}});
    settle();
    EXPECT_EQ(window.doubts().kind(), MessageBar::Kind::Error);
    EXPECT_TRUE(window.doubts().text().contains(QStringLiteral("Unreliable: no numbers")));
    drop({save(QStringLiteral("cat.png"))});
    settle();
    EXPECT_FALSE(window.doubts().text().isEmpty());
    for (const ViewEntry& view : window.views()) {
        if (view.name == u"canvas") {
            EXPECT_EQ(view.figure().assumed.size(), 2U);
        }
    }

    control->assumed = {{Severity::Information, "known"}};
    window.loadModel({QStringLiteral("vit"), {}, {}});
    settle();
    EXPECT_TRUE(window.doubts().text().isEmpty());
}

TEST_F(MainWindowTest, TheSignBesideTheModelIsPaintedByItsSeverity)
{
    const auto sign = [&](Severity severity) {
        control->assumed = {{severity, "something"}};
        window.loadModel({QString::fromStdString(toString(severity)), {}, {}});
        settle();
        for (const QAction* action : window.findChildren<QAction*>())
            if (action->text() == QStringLiteral("What was assumed about the model"))
                return action->isVisible() ? action->icon().pixmap(32).toImage() : QImage();
        return QImage();
    };
    const QImage information = sign(Severity::Information), doubtful = sign(Severity::Doubtful),
                 unreliable = sign(Severity::Unreliable);
    ASSERT_FALSE(information.isNull());
    EXPECT_NE(information, doubtful);
    EXPECT_NE(doubtful, unreliable);
    EXPECT_EQ(qAlpha(information.pixel(0, 0)), 0);
    EXPECT_GT(qAlpha(unreliable.pixel(16, 26)), 200);
}

TEST_F(MainWindowTest, ASmallerModelTakesThePlaceOfALargerOne)
{
    FakeSize larger;
    larger.heads = 6;
    larger.gridHeight = larger.gridWidth = 12;
    larger.architecture = Architecture::Tnt;
    control->sizes[folder.filePath(QStringLiteral("larger.pth")).toStdString()] = larger;
    QFile checkpoint(folder.filePath(QStringLiteral("larger.pth")));
    ASSERT_TRUE(checkpoint.open(QIODevice::WriteOnly));
    drop({save(QStringLiteral("cat.png")), checkpoint.fileName()});
    settle();
    Exploration& exploration = window.exploration();
    ASSERT_EQ(exploration.trace()->model->heads, 6);
    exploration.setPlace({2, {HeadFusion::Single, 5, {}}, exploration.trace()->model->tokens() - 1, Direction::LookedAtBy, {}});
    exploration.hoverInner(15);
    for (const char* name : {"vit", "tnt"}) {
        window.loadModel({QString::fromLatin1(name), {}, {}});
        settle();
        ASSERT_EQ(exploration.trace()->model->name, name);
        EXPECT_EQ(window.messages().text(), QString());
    }
}

TEST_F(MainWindowTest, PrecisionMenuLoadsTheModelAgain)
{
    settle();
    const auto precisionMenu = [this] {
        for (QMenu* menu : window.findChildren<QMenu*>())
            if (menu->title() == QStringLiteral("&Precision"))
                return menu;
        return static_cast<QMenu*>(nullptr);
    };
    QMenu* menu = precisionMenu();
    ASSERT_NE(menu, nullptr);
    const auto checked = [menu] {
        Q_EMIT menu->aboutToShow();
        QStringList names;
        for (const QAction* action : menu->actions())
            if (action->isChecked())
                names.append(action->text());
        return names;
    };
    EXPECT_EQ(checked(), QStringList{QStringLiteral("float32")});
    menu->actions().at(1)->trigger();
    settle();
    EXPECT_EQ(control->loads.load(), 2);
    EXPECT_EQ(checked(), QStringList{QStringLiteral("bfloat16")});
}

TEST_F(MainWindowTest, LabelsThatDoNotFitLeaveTheModel)
{
    control->labelError = "notes.txt: it names 50 classes, but the network has 6.";
    drop({save(QStringLiteral("cat.png")), save(QStringLiteral("notes.txt"), 1, 1)});
    settle();
    ASSERT_TRUE(window.controller().model());
    EXPECT_TRUE(window.exploration().trace());
    EXPECT_TRUE(window.messages().text().contains(QStringLiteral("names 50 classes")));
}

TEST(MainWindowStart, AModelThatCannotBeReadIsReplacedByTheBundledOne)
{
    const auto control = std::make_shared<FakeControl>();
    control->brokenModel = "/models/resnet18.pth";
    MainWindow window(setupOf(control));
    window.show();
    window.loadModel({QString::fromStdString(control->brokenModel), {}, {}});
    ASSERT_TRUE(QTest::qWaitFor([&] { return window.controller().model() != nullptr; }, 30000));
    EXPECT_EQ(window.controller().model()->spec->name, "vit");
    EXPECT_TRUE(window.messages().text().contains(QStringLiteral("The bundled ViT is shown.")));
    window.loadModel({QStringLiteral("tnt"), {}, {}});
    ASSERT_TRUE(QTest::qWaitFor([&] { return window.isIdle(); }, 30000));
    EXPECT_EQ(window.messages().text(), QString()) << "what it told is over";
}

TEST(DeviceMenu, TicksThePresentDevice)
{
    const auto control = std::make_shared<FakeControl>();
    WindowSetup setup = setupOf(control);
    setup.devices = [] {
        return std::vector<DeviceChoice>{{QStringLiteral("cpu"), QStringLiteral("CPU, 2 cores")},
                                         {QStringLiteral("fake"), QStringLiteral("another name than the engine's")}};
    };
    MainWindow window(std::move(setup));
    window.loadModel({QStringLiteral("vit"), {}, {}});
    ASSERT_TRUE(QTest::qWaitFor([&] { return window.isIdle() && window.controller().model(); }, 30000));
    for (QMenu* menu : window.findChildren<QMenu*>())
        if (menu->title() == QStringLiteral("&Device")) {
            Q_EMIT menu->aboutToShow();
            ASSERT_EQ(menu->actions().size(), 2);
            EXPECT_FALSE(menu->actions()[0]->isChecked());
            EXPECT_TRUE(menu->actions()[1]->isChecked());
            return;
        }
    ADD_FAILURE() << "no menu of devices";
}

}  // namespace
}  // namespace vitrine
