// SPDX-License-Identifier: GPL-3.0-or-later
#include <QCoreApplication>
#include <QSemaphore>
#include <QTest>

#include <gtest/gtest.h>

#include "ui/session/background.h"

namespace vitrine {
namespace {

TEST(Background, TheResultComesOnTheThreadOfTheGui)
{
    QObject context;
    int result = 0;
    QThread *worked = nullptr, *told = nullptr;
    runInBackground(
        &context,
        [&] {
            worked = QThread::currentThread();
            return 7;
        },
        [&](int value) {
            result = value;
            told = QThread::currentThread();
        });
    EXPECT_TRUE(QTest::qWaitFor([&] { return result == 7; }));
    EXPECT_NE(worked, QThread::currentThread());
    EXPECT_EQ(told, QThread::currentThread());
    QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    EXPECT_TRUE(context.children().isEmpty());
}

TEST(Background, NobodyIsToldWhoIsGone)
{
    QSemaphore go;
    bool told = false;
    {
        QObject context;
        runInBackground(
            &context,
            [&] {
                go.acquire();
                return 7;
            },
            [&](int) { told = true; });
    }
    go.release();
    QThreadPool::globalInstance()->waitForDone();
    QCoreApplication::processEvents();
    EXPECT_FALSE(told);
}

}  // namespace
}  // namespace vitrine
