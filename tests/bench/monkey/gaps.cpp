// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/monkey/gaps.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <utility>
#include <vector>

#include <execinfo.h>
#include <unistd.h>

namespace vitrine {

using namespace std::chrono;

namespace {

/// How long the thread that main() runs on was ready to run while other programs had the processor.
milliseconds waited()
{
    std::ifstream file("/proc/self/schedstat");
    long long ran = 0, delay = 0;
    file >> ran >> delay;
    return duration_cast<milliseconds>(nanoseconds(delay));
}

void printStack(int)
{
    std::array<void*, 60> frames{};
    backtrace_symbols_fd(frames.data(), backtrace(frames.data(), static_cast<int>(frames.size())), STDOUT_FILENO);
}

void printEnd(int signal)
{
    printStack(signal);
    std::signal(signal, SIG_DFL);
    std::raise(signal);
}

}  // namespace

Gaps::Gaps(QObject* parent)
    : QObject(parent)
    , m_last(steady_clock::now())
    , m_waited(waited())
{
    m_timer.setTimerType(Qt::PreciseTimer);
    m_timer.setInterval(2);
    connect(&m_timer, &QTimer::timeout, this, &Gaps::beat);
    m_timer.start();
    std::array<void*, 1> first{};
    backtrace(first.data(), 1);  // loads what it needs, which a signal's handler must not
    std::signal(SIGUSR1, printStack);
    for (const int end : {SIGSEGV, SIGBUS, SIGFPE, SIGABRT})
        std::signal(end, printEnd);
    m_watcher = std::jthread([this](const std::stop_token& stop) { watch(stop); });
}

void Gaps::watch(const std::stop_token& stop)
{
    constexpr milliseconds often(100), away(700);
    for (milliseconds since(0); !stop.stop_requested(); std::this_thread::sleep_for(often)) {
        since = m_beats.exchange(0) > 0 ? milliseconds(0) : since + often;
        if (since == away)
            pthread_kill(m_thread, SIGUSR1);
    }
}

void Gaps::reset()
{
    m_last = steady_clock::now();
    m_waited = waited();
    m_longest = milliseconds(0);
}

void Gaps::beat()
{
    ++m_beats;
    const auto now = steady_clock::now();
    const auto whole = duration_cast<milliseconds>(now - std::exchange(m_last, now));
    const milliseconds before = std::exchange(m_waited, waited());
    const milliseconds gap = whole - std::min(whole, m_waited - before);
    m_longest = std::max(m_longest, gap);
    if (gap > milliseconds(50)) {
        auto& [count, longest] = m_over[m_doing];
        ++count;
        longest = std::max(longest, gap);
    }
    if (gap < seconds(1))
        return;
    ++m_overASecond;
    std::printf("gap of %lld ms, without %lld ms for other programs, at: %s\n", static_cast<long long>(gap.count()),
                static_cast<long long>((whole - gap).count()), m_doing.c_str());
    std::fflush(stdout);
}

void Gaps::tell() const
{
    std::vector<std::pair<std::string, Over>> over(m_over.begin(), m_over.end());
    std::ranges::sort(over, std::greater(), [](const auto& one) { return one.second.longest; });
    for (const auto& [doing, found] : over)
        std::printf("%4d gaps over 50 ms, at most %lld, at: %s\n", found.count, static_cast<long long>(found.longest.count()),
                    doing.c_str());
}

Usage usage()
{
    Usage result;
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        int number = 0;
        if (std::sscanf(line.c_str(), "VmRSS: %d", &number) == 1)
            result.megabytes = number / 1024.0;
        else if (std::sscanf(line.c_str(), "VmHWM: %d", &number) == 1)
            result.peakMegabytes = number / 1024.0;
        else if (std::sscanf(line.c_str(), "Threads: %d", &number) == 1)
            result.threads = number;
    }
    const std::filesystem::directory_iterator files("/proc/self/fd");
    result.files = static_cast<int>(std::distance(begin(files), end(files)));
    return result;
}

}  // namespace vitrine
