// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/messages.h"

#include <cstdlib>
#include <iostream>
#include <mutex>

#include <QString>
#include <QtGlobal>

#include "core/checkpoint/report.h"

namespace vitrine {

namespace {

std::mutex mutex;
std::string whenQtEnds;

/// At once: static objects shall not go while threads that use them run.
[[noreturn]] void endSaying(const std::string& sentence)
{
    std::cerr << "vitrine: " << printable(sentence) << std::endl;
    std::_Exit(1);
}

void take(QtMsgType type, const QMessageLogContext& context, const QString& text)
{
    static const bool shown = !qEnvironmentVariableIsEmpty("QT_LOGGING_RULES");
    const std::lock_guard lock(mutex);
    if (shown)
        std::cerr << qFormatLogMessage(type, context, text).toStdString() << '\n';
    // After these Qt calls exit(), or _exit().
    const bool displayGone = text.startsWith(u"The X11 connection") || text.startsWith(u"The Wayland connection");
    if (type == QtFatalMsg || displayGone)
        endSaying(whenQtEnds.empty() ? text.section(u'\n', 0, 0).toStdString() : whenQtEnds);
}

}  // namespace

void takeQtMessages()
{
    qInstallMessageHandler(take);
}

WhenQtEnds::WhenQtEnds(std::string sentence)
{
    const std::lock_guard lock(mutex);
    whenQtEnds = std::move(sentence);
}

WhenQtEnds::~WhenQtEnds()
{
    const std::lock_guard lock(mutex);
    whenQtEnds.clear();
}

}  // namespace vitrine
