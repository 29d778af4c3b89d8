// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTimer>

#include <functional>

namespace vitrine {

class MainWindow;

/// Waits until a window shows everything that it was asked for, and then calls `then`, once; where it tells of an error
/// meanwhile, or `then` throws one, `failed` with what it says. GUI thread only.
class WhenSettled : public QObject {
    Q_OBJECT

public:
    WhenSettled(MainWindow& window, std::function<void()> then, std::function<void(const QString&)> failed);

private:
    bool isSettled() const;
    void look();

    MainWindow& m_window;
    std::function<void()> m_then;
    std::function<void(const QString&)> m_failed;
    QTimer m_timer;
    int m_quiet = 0;  ///< looks in a row that found nothing under way
};

}  // namespace vitrine
