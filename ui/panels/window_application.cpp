// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/window_application.h"

#include <exception>
#include <new>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace vitrine {

WindowApplication::WindowApplication(int& argc, char** argv)
    : QApplication(argc, argv)
{
#ifdef __GLIBC__
    // With a heap for each thread, what one thread frees is not used by the others: after twenty minutes of opened pictures
    // and models 600 MB of freed memory were held.
    mallopt(M_ARENA_MAX, 1);
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
