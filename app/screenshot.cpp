// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/screenshot.h"

#include <QApplication>
#include <QBuffer>
#include <QPixmap>

#include <exception>
#include <fstream>
#include <iostream>
#include <sstream>

#include "core/base/error.h"
#include "core/checkpoint/report.h"
#include "core/output/arrays.h"
#include "ui/panels/message_bar.h"
#include "ui/session/background.h"

namespace vitrine {

namespace {

constexpr int lookEveryMilliseconds = 20;
/// What a finished job starts (a picture in the background, a layout) shows up within this many looks.
constexpr int quietLooks = 5;

}  // namespace

Screenshot::Screenshot(MainWindow& window, std::filesystem::path path, std::function<void(MainWindow&)> arrange)
    : m_window(window)
    , m_path(std::move(path))
    , m_arrange(std::move(arrange))
{
    connect(&m_timer, &QTimer::timeout, this, &Screenshot::look);
    m_timer.start(lookEveryMilliseconds);
}

bool Screenshot::isSettled() const
{
    const Exploration& exploration = m_window.exploration();
    return m_window.isIdle() && backgroundPool().activeThreadCount() == 0 && exploration.trace()
           && !exploration.attention(exploration.layer()).empty() && m_window.pictures().missingThumbnails() == 0;
}

void Screenshot::look()
{
    if (m_window.messages().kind() == MessageBar::Kind::Error && !m_window.messages().text().isEmpty()) {
        fail(m_window.messages().text().toStdString());
        return;
    }
    m_quiet = isSettled() ? m_quiet + 1 : 0;
    if (m_quiet < quietLooks)
        return;
    m_quiet = 0;
    if (m_arranged) {
        finish();
        return;
    }
    m_arranged = true;
    try {
        m_arrange(m_window);
    } catch (const std::exception& error) {
        fail(error.what());
    }
}

void Screenshot::finish()
{
    m_timer.stop();
    QByteArray png;
    QBuffer buffer(&png);
    m_window.grab().save(&buffer, "PNG");
    try {
        writeAtomically(m_path, [&](const std::filesystem::path& temporary) {
            std::ofstream file(temporary, std::ios::binary);
            file.write(png.constData(), png.size());
            if (!file.flush() || png.isEmpty())
                throw Error("The screenshot cannot be written to " + m_path.string() + ": choose another folder.");
        });
        QApplication::exit(0);
    } catch (const std::exception& error) {
        fail(error.what());
    }
}

void Screenshot::fail(const std::string& sentences)
{
    std::istringstream lines(sentences);
    for (std::string line; std::getline(lines, line);)
        std::cerr << "vitrine: " << printable(line) << '\n';
    QApplication::exit(1);
}

}  // namespace vitrine
