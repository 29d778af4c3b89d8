// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDragEnterEvent>
#include <QDropEvent>
#include <QImage>
#include <QMimeData>
#include <QTemporaryDir>
#include <QTest>
#include <QUrl>
#include <gtest/gtest.h>

#include "tests/ui/fake_engine.h"
#include "tests/ui/pointer.h"
#include "ui/panels/canvas_panel.h"
#include "ui/panels/main_window.h"
#include "ui/panels/message_bar.h"

namespace vitrine {

inline WindowSetup setupOf(const std::shared_ptr<FakeControl>& control)
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
        EXPECT_TRUE(image.save(path, "PNG"));
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
        ASSERT_TRUE(QTest::qWaitFor([this] { return window.isIdle(); }, 30000));
    }
};

}  // namespace vitrine
