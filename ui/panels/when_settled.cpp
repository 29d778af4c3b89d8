// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/when_settled.h"

#include <exception>
#include <utility>

#include "ui/panels/main_window.h"
#include "ui/panels/message_bar.h"
#include "ui/session/background.h"

namespace vitrine {

namespace {

constexpr int lookEveryMilliseconds = 20;
/// What a finished job starts (a picture in the background, a layout) shows up within this many looks.
constexpr int quietLooks = 5;

}  // namespace

WhenSettled::WhenSettled(MainWindow& window, std::function<void()> then, std::function<void(const QString&)> failed)
    : QObject(&window)
    , m_window(window)
    , m_then(std::move(then))
    , m_failed(std::move(failed))
{
    connect(&m_timer, &QTimer::timeout, this, &WhenSettled::look);
    m_timer.start(lookEveryMilliseconds);
}

bool WhenSettled::isSettled() const
{
    const Exploration& exploration = m_window.exploration();
    return m_window.isIdle() && backgroundPool().activeThreadCount() == 0 && exploration.trace()
           && !exploration.attention(exploration.layer()).empty() && m_window.pictures().missingThumbnails() == 0;
}

void WhenSettled::look()
{
    const MessageBar& messages = m_window.messages();
    const bool isError = messages.kind() == MessageBar::Kind::Error && !messages.text().isEmpty();
    m_quiet = isSettled() ? m_quiet + 1 : 0;
    if (!isError && m_quiet < quietLooks)
        return;
    m_timer.stop();
    deleteLater();
    try {
        if (isError)
            m_failed(messages.text());
        else
            m_then();
    } catch (const std::exception& error) {
        m_failed(QString::fromUtf8(error.what()));
    }
}

}  // namespace vitrine
