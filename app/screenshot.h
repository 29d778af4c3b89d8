// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTimer>

#include <filesystem>
#include <functional>
#include <string>

#include "ui/panels/main_window.h"

namespace vitrine {

/// Waits until the window shows everything, goes to a place, waits again, saves the window as a picture and ends the
/// program: code 0, or 1 with one sentence on stderr.
class Screenshot : public QObject {
    Q_OBJECT

public:
    /// `arrange` is called once there is a trace; throws Error.
    Screenshot(MainWindow& window, std::filesystem::path path, std::function<void(MainWindow&)> arrange);

private:
    void look();
    bool isSettled() const;
    void finish();
    static void fail(const std::string& sentences);

    MainWindow& m_window;
    std::filesystem::path m_path;
    std::function<void(MainWindow&)> m_arrange;
    QTimer m_timer;
    bool m_arranged = false;
    int m_quiet = 0;  ///< looks in a row that found nothing under way
};

}  // namespace vitrine
