// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QPointer>
#include <QTimer>

#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "tests/bench/monkey/gaps.h"
#include "tests/bench/monkey/real_window.h"

namespace vitrine {

struct MonkeyOptions {
    std::uint32_t seed = 1;
    int seconds = 60;
    QStringList models{QStringLiteral("vit"), QStringLiteral("tnt")};  ///< names or paths
    QStringList files;                                                 ///< what is dropped: pictures, folders, broken files
    std::chrono::milliseconds pause{8};                                ///< between two actions
    bool tell = false;                                                 ///< every action on stdout
};

/// Clicks, types, turns the wheel, drops files, changes models, resizes, closes and opens the window again, all by chance,
/// and looks after each whether what is shown belongs to what is named.
class Monkey : public QObject {
    Q_OBJECT

public:
    explicit Monkey(MonkeyOptions options);

    int stale() const { return m_stale; }
    int mishaps() const { return m_mishaps; }
    const Gaps& gaps() const { return m_gaps; }
    long actions() const { return m_actions; }
    std::chrono::milliseconds longestClose() const { return m_longestClose; }
    /// Prints the memory in each quarter of the time: every second, and between two windows, where nothing
    /// of a window, a model or a picture is left.
    void tellMemory() const;

Q_SIGNALS:
    void finished();

private:
    struct Deed {
        int weight;
        std::string name;
        std::function<void()> run;
    };

    using Samples = std::vector<std::pair<std::chrono::milliseconds, Usage>>;  ///< since the beginning

    void open();
    void act();
    void check();
    void report();
    void sample(Samples& memory) const;
    void reopen();
    void drop();
    void key();
    void click();
    void drag();
    void wheel();
    void trigger();
    int chance(int below) { return static_cast<int>(m_random() % static_cast<std::uint32_t>(below)); }
    /// What takes events now: a popup, a dialog or the window.
    QWidget* front() const;
    QWidget* anyWidget();
    QPoint anyPoint(const QWidget& widget);
    Qt::KeyboardModifiers anyModifiers();

    MonkeyOptions m_options;
    std::mt19937 m_random;
    std::unique_ptr<MainWindow> m_window;
    std::vector<Deed> m_deeds;
    QTimer m_next, m_minute, m_second;
    Gaps m_gaps;
    std::chrono::steady_clock::time_point m_begin, m_dialogSince;
    QPointer<QWidget> m_dialog;
    std::chrono::milliseconds m_longestClose{0};
    long m_actions = 0;
    int m_stale = 0, m_mishaps = 0;
    Samples m_everySecond, m_betweenWindows;
};

}  // namespace vitrine
