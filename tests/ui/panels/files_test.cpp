// SPDX-License-Identifier: GPL-3.0-or-later
// Pictures, folders and checkpoints that a person gives, and what cannot be read of them.
#include <QApplication>
#include <QClipboard>
#include <QDropEvent>
#include <QFile>
#include <QFileInfo>
#include <QLineEdit>
#include <QMimeData>
#include <QSemaphore>
#include <QSet>
#include <QSettings>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTest>
#include <QTimer>
#include <QUrl>
#include <gtest/gtest.h>

#include "tests/ui/panels/window_fixture.h"
#include "ui/panels/file_dialog.h"
#include "ui/panels/message_bar.h"
#include "ui/panels/overlays.h"
#include "ui/session/remember.h"

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

TEST(MainWindowStart, AModelAloneIsShownOnASample)
{
    const QTemporaryDir folder;
    QFile checkpoint(folder.filePath(QStringLiteral("other.pth")));
    ASSERT_TRUE(checkpoint.open(QIODevice::WriteOnly));
    QImage image(64, 48, QImage::Format_RGB32);
    image.fill(Qt::darkGreen);
    WindowSetup setup = setupOf(std::make_shared<FakeControl>());
    setup.samples = {folder.filePath(QStringLiteral("sample.png"))};
    ASSERT_TRUE(image.save(setup.samples.first()));
    MainWindow window(setup);
    window.show();
    window.openFiles({checkpoint.fileName()});
    ASSERT_TRUE(QTest::qWaitFor([&] { return window.exploration().trace() != nullptr; }, 30000));
    EXPECT_EQ(window.pictures().rowCount(), 1);
    EXPECT_EQ(window.exploration().trace()->model->name, checkpoint.fileName().toStdString());
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
    ASSERT_TRUE(QTest::qWaitFor([&] { return thumbnails.count() == 4; }, 30000));
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
    ASSERT_TRUE(QTest::qWaitFor([this] { return window.pictures().missingThumbnails() == 0; }, 30000));
    EXPECT_TRUE(window.messages().text().contains(QStringLiteral("one.png")));
    EXPECT_EQ(window.messages().text().count(u'\n'), 2) << window.messages().text().toStdString();
}

TEST_F(MainWindowTest, SeveralFailuresMakeOnePlainMessage)
{
    window.openFiles({folder.filePath(QStringLiteral("<b>one.png")), folder.filePath(QStringLiteral("two.png"))});
    settle();
    EXPECT_EQ(window.messages().kind(), MessageBar::Kind::Error);
    EXPECT_TRUE(window.messages().text().contains(QStringLiteral("<b>one.png")));
    EXPECT_TRUE(window.messages().text().contains(QStringLiteral("two.png")));
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
    QSemaphore disk;
    writingPool().start([&] { disk.acquire(); });
    for (const QString& path : {cat, gone, broken.fileName(), model.fileName()}) {
        persistent.openFiles({path});
        ASSERT_TRUE(QTest::qWaitFor([&] { return persistent.isIdle(); }, 30000));
    }
    EXPECT_FALSE(QSettings().contains(QStringLiteral("recent/pictures"))) << "a slow disk stops the window's own thread";
    disk.release();
    writingPool().waitForDone();
    EXPECT_EQ(QSettings().value(QStringLiteral("recent/pictures")).toStringList(), QStringList{cat});
    EXPECT_EQ(QSettings().value(QStringLiteral("recent/models")).toStringList(), QStringList{model.fileName()});
    QSettings().clear();
    QStandardPaths::setTestModeEnabled(false);
}

TEST_F(MainWindowTest, PastesAPictureOrSaysThatThereIsNone)
{
    // This platform gives nothing at all as long as nothing was copied.
    if (!QApplication::clipboard()->mimeData())
        QTest::keyClick(&window, Qt::Key_V, Qt::ControlModifier);
    EXPECT_TRUE(window.messages().text().startsWith(QStringLiteral("The clipboard holds no picture")));
    QImage image(40, 30, QImage::Format_RGB32);
    image.fill(Qt::darkGreen);
    QApplication::clipboard()->setImage(image);
    QTest::keyClick(&window, Qt::Key_V, Qt::ControlModifier);
    settle();
    EXPECT_TRUE(window.windowTitle().startsWith(QStringLiteral("pasted picture 1"))) << window.windowTitle().toStdString();
    EXPECT_TRUE(window.exploration().trace());
}

TEST_F(MainWindowTest, EveryQuestionForFilesIsAskedByTheSameDialog)
{
    QSet<QWidget*> dialogs;
    const auto ask = [&](const FileQuestion& question, const QString& type) {
        QTimer::singleShot(0, &window, [&] {
            auto* const dialog = qobject_cast<QFileDialog*>(QApplication::activeModalWidget());
            ASSERT_TRUE(dialog);
            EXPECT_EQ(dialog->windowTitle(), question.title);
            dialogs.insert(dialog);
            EXPECT_EQ(dialog->nameFilters(), question.filters);
            EXPECT_EQ(dialog->acceptMode() == QFileDialog::AcceptSave, question.mode == QFileDialog::AnyFile);
            EXPECT_TRUE(askForFiles(&window, question).isEmpty()) << "it is open already";
            if (type.isEmpty())
                return dialog->reject();
            auto& name = *dialog->findChild<QLineEdit*>(QStringLiteral("fileNameEdit"));
            EXPECT_EQ(name.text(), QString()) << "what was written the last time";
            name.setText(type);
            static_cast<QDialog*>(dialog)->accept();
        });
        return askForFile(&window, question);
    };
    save(QStringLiteral("cat.png"));
    EXPECT_EQ(ask({QStringLiteral("one"), folder.path(), {QStringLiteral("All files (*)")}}, QStringLiteral("cat.png")),
              folder.filePath(QStringLiteral("cat.png")));
    EXPECT_EQ(ask({QStringLiteral("two"), folder.path(), {QStringLiteral("*.x")}, QFileDialog::AnyFile, QStringLiteral("x")},
                  QStringLiteral("new")),
              folder.filePath(QStringLiteral("new.x")));
    EXPECT_EQ(ask({QStringLiteral("three"), folder.path(), {QStringLiteral("*.png")}}, {}), QString());
    EXPECT_EQ(dialogs.size(), 1);
}

}  // namespace
}  // namespace vitrine
