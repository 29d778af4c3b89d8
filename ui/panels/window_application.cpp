// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/window_application.h"

#include <QRegularExpression>
#include <QSettings>

#include <exception>
#include <new>

#ifdef __GLIBC__
#include <malloc.h>

#include "ui/session/background.h"
#endif

namespace vitrine {

namespace {

// With a heap for each thread, what one thread frees is not used by the others: after twenty minutes of opened pictures and
// models 600 MB of freed memory were held. To be said before there is a second thread; QApplication starts some.
int& withOneHeap(int& argc)
{
#ifdef __GLIBC__
    mallopt(M_ARENA_MAX, 1);
#endif
    return argc;
}

}  // namespace

WindowApplication::WindowApplication(int& argc, char** argv)
    : QApplication(withOneHeap(argc), argv)
{
    // Qt's file dialog keeps what was visited in a file, and its destructor waits until the disk has it, for eight seconds once. It
    // finds no folder for that; what Vitrine itself keeps has another format, and with it another place.
    QSettings::setDefaultFormat(QSettings::IniFormat);
    QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, QStringLiteral("/dev/null"));
    // What is made once for each thread, as Qt's regular expressions make it, waits while a library is loaded, and LibTorch
    // takes a second where the disk is slow: a chart that asks for one then would stop the window.
    static_cast<void>(QRegularExpression(QStringLiteral(".")).match(QStringLiteral("x")));
#ifdef __GLIBC__
    // What was freed below the last block in use stays with the process, nearly half of its memory, until it is asked for.
    connect(&m_freeing, &QTimer::timeout, this, [] { backgroundPool().start([] { malloc_trim(0); }); });
    m_freeing.start(10'000);
#endif
}

bool WindowApplication::notify(QObject* receiver, QEvent* event)
{
    try {
        return QApplication::notify(receiver, event);
    } catch (const std::bad_alloc&) {
        Q_EMIT failed(tr("There is not enough memory for this: take a smaller model or picture size."));
    } catch (const std::exception& error) {
        Q_EMIT failed(QString::fromUtf8(error.what()));
    }
    return true;  // the event has had its effect, as far as it went
}

}  // namespace vitrine
