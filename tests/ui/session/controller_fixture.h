// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QElapsedTimer>
#include <QSignalSpy>
#include <QTest>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "tests/ui/fake_engine.h"
#include "ui/session/inference_controller.h"

namespace vitrine {

inline PictureSource picture(int shade, int width = 60)
{
    QImage pixels(width, 48, QImage::Format_RGB32);
    pixels.fill(QColor(shade, shade, shade));
    return PictureSource::fromPixels(pixels, QStringLiteral("picture %1").arg(shade));
}

/// Long enough for other threads to have sent what they had to send; nothing of it has arrived when this returns.
inline void letOthersSend()
{
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
}

inline std::shared_ptr<const Trace> traceOf(const QSignalSpy& finished, int index)
{
    return finished[index][1].value<std::shared_ptr<const Trace>>();
}

struct InferenceControllerTest : testing::Test {
    std::shared_ptr<FakeControl> control = std::make_shared<FakeControl>();
    InferenceController controller{fakeEngines(control)};
    QSignalSpy images{&controller, &InferenceController::imageReady};
    QSignalSpy finished{&controller, &InferenceController::finished};
    QSignalSpy failed{&controller, &InferenceController::failed};
    QSignalSpy modelFailed{&controller, &InferenceController::modelFailed};

    void load(const QString& name = QStringLiteral("vit"))
    {
        QSignalSpy loaded(&controller, &InferenceController::modelLoaded);
        controller.loadModel({name, {}, {}});
        ASSERT_TRUE(loaded.wait());
    }
    void settle()
    {
        QElapsedTimer clock;
        clock.start();
        while (controller.busy() && clock.elapsed() < 60000)
            QCoreApplication::processEvents(QEventLoop::AllEvents, 10);
        ASSERT_FALSE(controller.busy());
    }
};

}  // namespace vitrine
