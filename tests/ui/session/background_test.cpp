// SPDX-License-Identifier: GPL-3.0-or-later
#include <QCoreApplication>
#include <QImage>
#include <QPainter>
#include <QSemaphore>
#include <QTest>

#include <atomic>

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
    EXPECT_TRUE(QTest::qWaitFor([&] { return result == 7; }, 30000));
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
    backgroundPool().waitForDone();
    QCoreApplication::processEvents();
    EXPECT_FALSE(told);
}

TEST(Background, PaintingWaitsForNobody)
{
    QObject context;
    QSemaphore go;
    std::atomic<int> gaveUp = 0;
    const int everyThread = backgroundPool().maxThreadCount();
    for (int i = 0; i < everyThread; ++i)
        runInBackground(
            &context, [&] { return gaveUp += go.tryAcquire(1, 5'000) ? 0 : 1; }, [](int) {});
    // Large enough for Qt to share the work with its pool and to wait for it.
    QImage large(1024, 1024, QImage::Format_ARGB32), canvas(512, 512, QImage::Format_RGB32);
    large.fill(QColor(10, 20, 30, 40));
    QPainter(&canvas).drawImage(canvas.rect(), large.convertToFormat(QImage::Format_RGBA8888));
    go.release(everyThread);
    EXPECT_TRUE(backgroundPool().waitForDone(10'000));
    EXPECT_EQ(gaveUp, 0);
}

}  // namespace
}  // namespace vitrine
