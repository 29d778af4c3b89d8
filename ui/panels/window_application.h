// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QApplication>
#include <QTimer>

namespace vitrine {

/// The application of a window: an exception that leaves a slot or an event handler becomes failed(), on any thread, and
/// the program goes on. From here on the process has one heap for all threads, and what is free in it goes back to the system.
class WindowApplication : public QApplication {
    Q_OBJECT

public:
    WindowApplication(int& argc, char** argv);

    bool notify(QObject* receiver, QEvent* event) override;

Q_SIGNALS:
    void failed(const QString& message);

private:
    QTimer m_freeing;
};

}  // namespace vitrine
