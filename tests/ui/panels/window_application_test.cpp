// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/window_application.h"

#include <QDir>
#include <QFileDialog>
#include <QSettings>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QThread>
#include <QTimer>
#include <QWidget>
#include <gtest/gtest.h>

#include "core/base/error.h"

namespace vitrine {
namespace {

class Broken : public QWidget {
protected:
    void paintEvent(QPaintEvent*) override { throw Error("There is no head 5: the heads are 0 to 2."); }
};

WindowApplication& application()
{
    return *static_cast<WindowApplication*>(QCoreApplication::instance());
}

TEST(WindowApplication, AnErrorInASlotIsToldAndTheProgramGoesOn)
{
    QSignalSpy failed(&application(), &WindowApplication::failed);
    QTimer::singleShot(0, [] { throw Error("Not today."); });
    QTimer::singleShot(0, [] { throw std::bad_alloc(); });
    ASSERT_TRUE(QTest::qWaitFor([&] { return failed.count() == 2; }, 30000));
    EXPECT_EQ(failed[0][0].toString(), QStringLiteral("Not today."));
    EXPECT_TRUE(failed[1][0].toString().contains(QStringLiteral("memory")));
}

TEST(WindowApplication, AnErrorWhilePaintingIsTold)
{
    QSignalSpy failed(&application(), &WindowApplication::failed);
    Broken widget;
    widget.show();
    ASSERT_TRUE(QTest::qWaitFor([&] { return failed.count() > 0; }, 30000));
    EXPECT_TRUE(failed[0][0].toString().contains(QStringLiteral("head 5")));
}

TEST(WindowApplication, AnErrorOnAnotherThreadIsTold)
{
    QSignalSpy failed(&application(), &WindowApplication::failed);
    QThread thread;
    QObject worker;
    worker.moveToThread(&thread);
    thread.start();
    QMetaObject::invokeMethod(
        &worker, [] { throw Error("No such layer."); }, Qt::QueuedConnection);
    EXPECT_TRUE(QTest::qWaitFor([&] { return failed.count() == 1; }, 30000));
    thread.quit();
    thread.wait();
}

TEST(WindowApplication, KeepsItsOwnSettingsButNoneOfQtsFileDialog)
{
    const QDir settings(qEnvironmentVariable("XDG_CONFIG_HOME"));
    {
        QFileDialog dialog;
    }
    EXPECT_EQ(settings.entryList(QDir::AllEntries | QDir::NoDotAndDotDot), QStringList());
    QCoreApplication::setOrganizationName(QStringLiteral("Vitrine"));
    QSettings().setValue(QStringLiteral("a"), 7);
    EXPECT_EQ(settings.entryList(QDir::AllEntries | QDir::NoDotAndDotDot), QStringList{QStringLiteral("Vitrine")});
    EXPECT_EQ(QSettings().value(QStringLiteral("a")).toInt(), 7);
}

}  // namespace
}  // namespace vitrine

int main(int argc, char** argv)
{
    const QTemporaryDir settings;
    qputenv("XDG_CONFIG_HOME", settings.path().toLocal8Bit());
    qputenv("QT_QPA_PLATFORM", "offscreen");
    testing::InitGoogleTest(&argc, argv);
    const vitrine::WindowApplication application(argc, argv);
    return RUN_ALL_TESTS();
}
