// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QTimer>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <pthread.h>

namespace vitrine {

/// How long the GUI thread does not come round to its events, and what it did then. Time in which it was ready and other
/// programs had the processor does not count, nor time in which its processor stood still, as those of a virtual machine do:
/// a thread that only sleeps there then oversleeps as well. Made on the thread that main() runs on; where that is away for most of a second, its stack
/// is printed, as addresses for addr2line.
class Gaps : public QObject {
public:
    explicit Gaps(QObject* parent = nullptr);

    /// What happens next, for the report.
    void note(const std::string& what) { m_doing = what; }
    std::chrono::milliseconds longest() const { return m_longest; }
    int overASecond() const { return m_overASecond; }
    void reset();
    /// Prints what took longer than 50 ms, the longest first.
    void tell() const;

private:
    struct Over {
        int count = 0;
        std::chrono::milliseconds longest{0};
    };

    /// A thread of each processor that sleeps for two milliseconds, again and again.
    struct Sleeper {
        std::atomic<std::int64_t> overslept = 0;  ///< in ms, without the time in which it was ready
        std::jthread thread;
    };

    void beat();
    void watch(const std::stop_token& stop);
    /// How long the processor that this runs on did so since the last call.
    std::chrono::milliseconds stoodStill();

    QTimer m_timer;
    std::chrono::steady_clock::time_point m_last;
    std::chrono::milliseconds m_waited, m_longest{0};
    std::vector<std::unique_ptr<Sleeper>> m_sleepers;
    std::vector<std::int64_t> m_overslept;  ///< of each, at the last beat
    std::string m_doing;
    int m_overASecond = 0;
    std::map<std::string, Over> m_over;  ///< by what was being done
    pthread_t m_thread = pthread_self();
    std::atomic<int> m_beats = 0;
    std::jthread m_watcher;  ///< last: it reads what is above
};

/// Resident memory and threads of this process. Resident is also what was freed and is kept; `anonymous`: without pages of files;
/// `inUse`: of the heap, what was not freed.
struct Usage {
    double megabytes = 0, peakMegabytes = 0, anonymous = 0, inUse = 0;
    int threads = 0, files = 0;
};
Usage usage();

}  // namespace vitrine
