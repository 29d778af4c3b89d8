// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/main_window.h"

#include <QAbstractItemModelTester>
#include <QAction>
#include <QDockWidget>
#include <QDropEvent>
#include <QFile>
#include <QImage>
#include <QMenu>
#include <QMimeData>
#include <QTemporaryDir>
#include <QTest>
#include <QUrl>
#include <gtest/gtest.h>

#include <map>

#include "tests/ui/fake_engine.h"
#include "tests/ui/pointer.h"
#include "ui/panels/canvas_panel.h"
#include "ui/panels/message_bar.h"
#include "ui/views/compare_view.h"

namespace vitrine {
namespace {

WindowSetup setupOf(const std::shared_ptr<FakeControl>& control)
{
    WindowSetup setup;
    setup.engines = fakeEngines(control);
    setup.models = {{QStringLiteral("vit"), QStringLiteral("ViT")}, {QStringLiteral("tnt"), QStringLiteral("TNT")}};
    setup.persistent = false;
    return setup;
}

struct MainWindowTest : testing::Test {
    std::shared_ptr<FakeControl> control = std::make_shared<FakeControl>();
    MainWindow window{setupOf(control)};
    QTemporaryDir folder;

    void SetUp() override
    {
        window.resize(1280, 800);
        window.show();
        window.activateWindow();
        ASSERT_TRUE(QTest::qWaitForWindowActive(&window));
        window.loadModel({QStringLiteral("vit"), {}, {}});
    }
    QString save(const QString& name, int width = 64, int height = 48)
    {
        QImage image(width, height, QImage::Format_RGB32);
        image.fill(Qt::darkGreen);
        const QString path = folder.filePath(name);
        EXPECT_TRUE(image.save(path));
        return path;
    }
    void drop(const QStringList& paths)
    {
        QMimeData data;
        QList<QUrl> urls;
        for (const QString& path : paths)
            urls.append(QUrl::fromLocalFile(path));
        data.setUrls(urls);
        QDragEnterEvent enter({100, 100}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(&window, &enter);
        ASSERT_TRUE(enter.isAccepted());
        QDropEvent event({100, 100}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(&window, &event);
    }
    void settle()
    {
        ASSERT_TRUE(QTest::qWaitFor([this] { return window.isIdle(); }, 5000));
    }
};

TEST_F(MainWindowTest, DroppedPictureIsShownAndClassified)
{
    drop({save(QStringLiteral("cat.png"))});
    settle();
    ASSERT_TRUE(window.exploration().trace());
    EXPECT_EQ(window.exploration().trace()->picture.originalWidth, 64);
    EXPECT_TRUE(window.windowTitle().contains(QStringLiteral("cat.png")));
}

TEST_F(MainWindowTest, WhatIsDoubtfulStaysOverThePictureUntilItIsClosedOrTheModelGoes)
{
    settle();
    EXPECT_TRUE(window.doubts().text().isEmpty());
    control->assumed = {{Severity::Information, "known"}, {Severity::Doubtful, "six heads"}, {Severity::Doubtful, "GELU"}};
    window.loadModel({QStringLiteral("mine"), {}, {}});
    settle();
    EXPECT_EQ(window.doubts().kind(), MessageBar::Kind::Note);
    EXPECT_TRUE(window.doubts().text().startsWith(QStringLiteral("mine · Doubtful: six heads And 1 more"))) << window.doubts().text().toStdString();
    // Closed, it does not come back with the same model on another device.
    window.doubts().clear();
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
    for (const ViewEntry& view : window.views())
        if (view.name == u"canvas")
            EXPECT_EQ(view.figure().assumed.size(), 2U);

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
    const QImage information = sign(Severity::Information), doubtful = sign(Severity::Doubtful), unreliable = sign(Severity::Unreliable);
    ASSERT_FALSE(information.isNull());
    EXPECT_NE(information, doubtful);
    EXPECT_NE(doubtful, unreliable);
    EXPECT_EQ(qAlpha(information.pixel(0, 0)), 0);
    EXPECT_GT(qAlpha(unreliable.pixel(16, 26)), 200);
}

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

TEST_F(MainWindowTest, StartsAtTheLastLayerWithNothingToGoBackTo)
{
    drop({save(QStringLiteral("cat.png"))});
    settle();
    EXPECT_EQ(window.exploration().layer(), window.exploration().trace()->layers() - 1);
    EXPECT_FALSE(window.exploration().canGoBack());
    window.exploration().setLayer(0);
    drop({save(QStringLiteral("dog.png"))});
    settle();
    EXPECT_EQ(window.exploration().layer(), 0);
}

TEST_F(MainWindowTest, FollowsTheSystemsColours)
{
    window.setTheme(Theme::System);
    const QColor system = QApplication::palette().color(QPalette::Window);
    QApplication::setPalette(system.lightness() < 128 ? lightPalette() : darkPalette());
    ASSERT_NE(QApplication::palette().color(QPalette::Window), system);
    QEvent changed(QEvent::ThemeChange);
    QApplication::sendEvent(&window, &changed);
    EXPECT_EQ(QApplication::palette().color(QPalette::Window), system);
}

TEST_F(MainWindowTest, ATabDoesNotRepeatItsNameInATitleBar)
{
    QTest::qWait(0);
    for (QDockWidget* dock : window.findChildren<QDockWidget*>())
        EXPECT_EQ(dock->titleBarWidget() != nullptr, !window.tabifiedDockWidgets(dock).isEmpty()) << dock->objectName().toStdString();
    auto* matrix = window.findChild<QDockWidget*>(QStringLiteral("matrix"));
    matrix->setFloating(true);
    QTest::qWait(0);
    EXPECT_FALSE(matrix->titleBarWidget());
}

TEST_F(MainWindowTest, SideBySideShowsTheMapOnBothSides)
{
    drop({save(QStringLiteral("cat.png"))});
    settle();
    window.setComparing(true, false);
    const QList<CanvasView*> canvases = window.findChildren<CompareView*>().front()->findChildren<CanvasView*>();
    ASSERT_GE(canvases.size(), 2);
    for (const CanvasView* canvas : canvases)
        EXPECT_FALSE(canvas->patchRect(0).isEmpty());
}

TEST_F(MainWindowTest, DroppedCheckpointKeepsThePicture)
{
    drop({save(QStringLiteral("cat.png"))});
    settle();
    QFile checkpoint(folder.filePath(QStringLiteral("other.pth")));
    ASSERT_TRUE(checkpoint.open(QIODevice::WriteOnly));
    drop({checkpoint.fileName()});
    settle();
    EXPECT_EQ(control->loads.load(), 2);
    EXPECT_EQ(window.exploration().trace()->model->name, checkpoint.fileName().toStdString());
    EXPECT_EQ(window.exploration().trace()->picture.originalWidth, 64);
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
    EXPECT_EQ(checked(), QStringList {QStringLiteral("float32")});
    menu->actions().at(1)->trigger();
    settle();
    EXPECT_EQ(control->loads.load(), 2);
    EXPECT_EQ(checked(), QStringList {QStringLiteral("bfloat16")});
}

TEST_F(MainWindowTest, SeveralFailuresMakeOnePlainMessage)
{
    window.openFiles({folder.filePath(QStringLiteral("<b>one.png")), folder.filePath(QStringLiteral("two.png"))});
    EXPECT_EQ(window.messages().kind(), MessageBar::Kind::Error);
    EXPECT_TRUE(window.messages().text().contains(QStringLiteral("<b>one.png")));
    EXPECT_TRUE(window.messages().text().contains(QStringLiteral("more")));
}

TEST_F(MainWindowTest, EscapeUnpinsAndKeysWalk)
{
    drop({save(QStringLiteral("cat.png"))});
    settle();
    CanvasView& canvas = window.canvasPanel().canvas();
    canvas.setFocus();
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

TEST_F(MainWindowTest, BothModelsSideBySide)
{
    drop({save(QStringLiteral("cat.png"))});
    settle();
    window.setComparing(true, true);
    settle();
    EXPECT_EQ(control->alive.load(), 2);
    EXPECT_TRUE(window.showView(QStringLiteral("canvas")));
    EXPECT_FALSE(window.showView(QStringLiteral("nothing")));
}

TEST_F(MainWindowTest, EveryViewGivesAFigure)
{
    drop({save(QStringLiteral("cat.png"))});
    settle();
    for (const ViewEntry& view : window.views())
        EXPECT_FALSE(renderFigure(view.figure(), 1).isNull()) << view.name.toStdString();
}

TEST(PictureList, IsAProperModelAndKeepsOneRowAPicture)
{
    PictureList list;
    const QAbstractItemModelTester tester(&list, QAbstractItemModelTester::FailureReportingMode::Fatal);
    const PictureSource source = PictureSource::fromPixels(Image(2, 2, std::vector<std::uint8_t>(12)), QStringLiteral("a"));
    EXPECT_EQ(list.add(source), 0);
    EXPECT_EQ(list.add(source), 0);
    EXPECT_EQ(list.missingThumbnails(), 1);
    list.setThumbnail(source.key(), QImage(4, 4, QImage::Format_RGB32));
    EXPECT_EQ(list.missingThumbnails(), 0);
    list.remove(0);
    EXPECT_EQ(list.rowCount(), 0);
}

} // namespace
} // namespace vitrine
