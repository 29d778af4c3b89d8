// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/main_window.h"

#include <QAbstractItemModelTester>
#include <QAction>
#include <QComboBox>
#include <QDropEvent>
#include <QFile>
#include <QImage>
#include <QLineEdit>
#include <QMenu>
#include <QMimeData>
#include <QPushButton>
#include <QSettings>
#include <QSignalSpy>
#include <QSlider>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>
#include <QUrl>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "core/explain/opening.h"
#include "tests/ui/panels/window_fixture.h"
#include "ui/panels/canvas_panel.h"
#include "ui/panels/message_bar.h"
#include "ui/panels/explore_steps.h"
#include "ui/panels/overlays.h"
#include "ui/panels/side_panel.h"
#include "ui/models/predictions_model.h"
#include "ui/views/parts/chip.h"
#include "ui/views/compare/compare_view.h"

namespace vitrine {
namespace {

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
    EXPECT_EQ(window.doubts().kind(), MessageBar::Kind::Doubt);
    EXPECT_TRUE(window.doubts().text().startsWith(QStringLiteral("mine · 2 doubts"))) << window.doubts().text().toStdString();
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

TEST_F(MainWindowTest, ASmallerModelTakesThePlaceOfALargerOne)
{
    FakeSize larger;
    larger.heads = 6;
    larger.gridHeight = larger.gridWidth = 12;
    larger.family = Family::Tnt;
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

TEST_F(MainWindowTest, FirstPictureOfAFolderIsDecodedOnceAndBeforeTheThumbnails)
{
    QSignalSpy images(&window.controller(), &InferenceController::imageReady);
    QSignalSpy thumbnails(&window.controller(), &InferenceController::thumbnailReady);
    qsizetype before = -1;
    QObject::connect(&window.controller(), &InferenceController::imageReady, &window, [&] { before = thumbnails.count(); });
    for (const int number : {10, 9, 2, 1})
        save(QStringLiteral("%1.png").arg(number), 60 + number);
    drop({folder.path()});
    settle();
    ASSERT_TRUE(QTest::qWaitFor([&] { return thumbnails.count() == 4; }));
    EXPECT_EQ(window.exploration().trace()->picture.originalWidth, 61);
    EXPECT_EQ(images.count(), 1);
    EXPECT_LT(before, 3) << "it does not wait for the others";
    EXPECT_EQ(window.pictures().source(3).name, QStringLiteral("10.png"));
    QTest::qWait(50);
    EXPECT_EQ(thumbnails.count(), 4);
}

TEST_F(MainWindowTest, BrokenPictureIsMarkedAndTheOneBeforeStays)
{
    drop({save(QStringLiteral("cat.png"))});
    settle();
    QFile broken(folder.filePath(QStringLiteral("broken.png")));
    ASSERT_TRUE(broken.open(QIODevice::WriteOnly));
    broken.write("this is no picture");
    broken.close();
    drop({broken.fileName()});
    settle();
    EXPECT_TRUE(window.messages().text().contains(QStringLiteral("broken.png")));
    const QString failure = window.pictures().index(1).data(PictureList::FailureRole).toString();
    EXPECT_TRUE(failure.contains(QStringLiteral("broken.png")));
    EXPECT_TRUE(window.windowTitle().contains(QStringLiteral("cat.png")));
    EXPECT_EQ(window.controller().picture().name, QStringLiteral("cat.png"));
    EXPECT_TRUE(window.exploration().trace());
}

TEST_F(MainWindowTest, WhatWasNamedAndCannotBeReadIsToldInOneMessage)
{
    QStringList paths{save(QStringLiteral("cat.png"))};
    for (const char* name : {"one.png", "two.jpg", "three.gif"}) {
        QFile file(folder.filePath(QString::fromLatin1(name)));
        ASSERT_TRUE(file.open(QIODevice::WriteOnly));
        file.write("no picture");
        paths.append(file.fileName());
    }
    drop(paths);
    settle();
    ASSERT_TRUE(QTest::qWaitFor([this] { return window.pictures().missingThumbnails() == 0; }));
    EXPECT_TRUE(window.messages().text().contains(QStringLiteral("one.png")));
    EXPECT_TRUE(window.messages().text().contains(QStringLiteral("2 more")));
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
    ASSERT_TRUE(QTest::qWaitFor([&] { return window.controller().model() != nullptr; }));
    EXPECT_EQ(window.controller().model()->spec->name, "vit");
    EXPECT_TRUE(window.messages().text().contains(QStringLiteral("The bundled ViT is shown.")));
    window.loadModel({QStringLiteral("tnt"), {}, {}});
    ASSERT_TRUE(QTest::qWaitFor([&] { return window.isIdle(); }));
    EXPECT_EQ(window.messages().text(), QString()) << "what it told is over";
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
    ASSERT_TRUE(QTest::qWaitFor([this] { return control->runGate.hasSomebody(); }));
    EXPECT_FALSE(window.end(QDeadlineTimer(20)));
    control->runGate.open();
    EXPECT_TRUE(window.end(QDeadlineTimer(5000)));
}

TEST_F(MainWindowTest, SeveralFailuresMakeOnePlainMessage)
{
    window.openFiles({folder.filePath(QStringLiteral("<b>one.png")), folder.filePath(QStringLiteral("two.png"))});
    settle();
    EXPECT_EQ(window.messages().kind(), MessageBar::Kind::Error);
    EXPECT_TRUE(window.messages().text().contains(QStringLiteral("<b>one.png")));
    EXPECT_TRUE(window.messages().text().contains(QStringLiteral("more")));
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

TEST_F(MainWindowTest, DragOverTheWindowSaysThatItCanBeDropped)
{
    auto* frame = window.findChild<DropFrame*>();
    ASSERT_TRUE(frame);
    QMimeData data;
    data.setUrls({QUrl::fromLocalFile(save(QStringLiteral("cat.png")))});
    QDragEnterEvent enter({100, 100}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(&window, &enter);
    EXPECT_TRUE(frame->isVisible());
    QDragLeaveEvent leave;
    QApplication::sendEvent(&window, &leave);
    EXPECT_FALSE(frame->isVisible());
    drop({save(QStringLiteral("dog.png"))});
    EXPECT_FALSE(frame->isVisible());
}

TEST_F(MainWindowTest, LongWorkShowsHowFarItIsAndCanBeStopped)
{
    drop({save(QStringLiteral("cat.png"))});
    settle();
    control->loadGate.close();
    window.loadModel({QStringLiteral("tnt"), {}, {}});
    auto* card = window.findChild<BusyCard*>();
    ASSERT_TRUE(QTest::qWaitFor([&] { return card->isVisible(); }));
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

TEST_F(MainWindowTest, RecentFilesAreThoseThatOpened)
{
    QStandardPaths::setTestModeEnabled(true);
    QSettings().clear();
    WindowSetup setup = setupOf(control);
    setup.persistent = true;
    MainWindow persistent(std::move(setup));
    persistent.show();
    persistent.loadModel({QStringLiteral("vit"), {}, {}});
    const QString cat = save(QStringLiteral("cat.png"));
    const QString gone = folder.filePath(QStringLiteral("gone.png"));
    QFile broken(folder.filePath(QStringLiteral("broken.png"))), model(folder.filePath(QStringLiteral("other.pth")));
    ASSERT_TRUE(broken.open(QIODevice::WriteOnly) && model.open(QIODevice::WriteOnly));
    for (const QString& path : {cat, gone, broken.fileName(), model.fileName()}) {
        persistent.openFiles({path});
        ASSERT_TRUE(QTest::qWaitFor([&] { return persistent.isIdle(); }));
    }
    EXPECT_EQ(QSettings().value(QStringLiteral("recent/pictures")).toStringList(), QStringList{cat});
    EXPECT_EQ(QSettings().value(QStringLiteral("recent/models")).toStringList(), QStringList{model.fileName()});
    QSettings().clear();
    QStandardPaths::setTestModeEnabled(false);
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
    ASSERT_TRUE(QTest::qWaitFor([&] { return window.isIdle() && window.controller().model(); }));
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

TEST(Themes, TextIsReadable)
{
    const auto luminance = [](const QColor& colour) {
        const auto linear = [](double value) {
            return value <= 0.03928 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
        };
        return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF());
    };
    for (const QPalette& palette : {lightPalette(), darkPalette()})
        for (const auto& [text, ground] : {std::pair(QPalette::WindowText, QPalette::Window),
                                           {QPalette::PlaceholderText, QPalette::Window},
                                           {QPalette::HighlightedText, QPalette::Highlight},
                                           {QPalette::ButtonText, QPalette::Button}}) {
            const double a = luminance(palette.color(text)), b = luminance(palette.color(ground));
            EXPECT_GE((std::max(a, b) + 0.05) / (std::min(a, b) + 0.05), 4.5) << text << " on " << ground;  // WCAG AA
        }
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

PictureSource pixels(const QString& name)
{
    return PictureSource::fromPixels(QImage(4, 4, QImage::Format_RGB32), name);
}

TEST(PictureList, IsAProperModelAndKeepsOneRowAPicture)
{
    PictureList list;
    const QAbstractItemModelTester tester(&list, QAbstractItemModelTester::FailureReportingMode::Fatal);
    const PictureSource a = pixels(QStringLiteral("a")), b = pixels(QStringLiteral("b")), c = pixels(QStringLiteral("c"));
    EXPECT_EQ(list.add(a), 0);
    EXPECT_EQ(list.add(a), 0);
    EXPECT_EQ(list.add({{b, b.key()}, {a, a.key()}, {c, c.key()}, {c, c.key()}}), 1);
    EXPECT_EQ(list.rowCount(), 3);
    list.remove(0);
    EXPECT_EQ(list.add(c), 1);
    EXPECT_EQ(list.add(a), 2);
    EXPECT_EQ(list.add(QList<KnownPicture>()), -1);
}

TEST(PictureList, WantsThumbnailsOfTheRowsThatAreSeen)
{
    PictureList list;
    QSignalSpy wanted(&list, &PictureList::thumbnailsWanted);
    for (int i = 0; i < 10; ++i)
        list.add(pixels(QString::number(i)));
    EXPECT_EQ(list.missingThumbnails(), 0);
    list.see(2, 4);
    list.see(2, 4);
    ASSERT_EQ(wanted.count(), 1);
    EXPECT_EQ(wanted[0][0].value<QList<KnownPicture>>().size(), 3);
    list.setThumbnail(list.source(2).key(), QImage(4, 4, QImage::Format_RGB32));
    list.setThumbnail(list.source(3).key(), {}, QStringLiteral("Cannot read it."));
    EXPECT_EQ(list.missingThumbnails(), 1);
    EXPECT_EQ(list.data(list.index(3), PictureList::FailureRole), QStringLiteral("Cannot read it."));
    EXPECT_FALSE(list.data(list.index(2), Qt::DecorationRole).isNull());
    list.see(0, 100);
    EXPECT_EQ(list.missingThumbnails(), 8) << "neither the one that is there nor the one that never will be";
}

TEST(PictureList, GivesUpTheThumbnailsThatWereNotSeenForLongest)
{
    PictureList list;
    const QImage large(1024, 1024, QImage::Format_RGB32);  // 4 MB
    for (int i = 0; i < 12; ++i) {
        list.add(pixels(QString::number(i)));
        list.setThumbnail(list.source(i).key(), large);
        EXPECT_FALSE(list.data(list.index(0), Qt::DecorationRole).isNull()) << "seen all the time";
    }
    int kept = 0;
    for (int i = 0; i < 12; ++i)
        kept += list.data(list.index(i), Qt::DecorationRole).isNull() ? 0 : 1;
    EXPECT_LE(kept, 8);
    EXPECT_TRUE(list.data(list.index(1), Qt::DecorationRole).isNull());
    list.see(0, 11);
    EXPECT_EQ(list.missingThumbnails(), 12 - kept) << "they are made again when somebody looks";
}

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
    EXPECT_EQ(other.exploration().trace()->model->family, Family::Tnt);
    EXPECT_TRUE(other.windowTitle().contains(QStringLiteral("cat.png")));
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

TEST_F(MainWindowTest, FitsASmallScreenFromTheStart)
{
    MainWindow other{setupOf(control)};
    other.resize(1024, 640);
    other.show();
    EXPECT_EQ(other.size(), QSize(1024, 640));
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
