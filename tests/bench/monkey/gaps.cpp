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
#include <malloc.h>
#include <sched.h>
#include <unistd.h>

namespace vitrine {

using namespace std::chrono;

namespace {

/// How long a thread was ready to run while other programs had the processor.
milliseconds waited(pid_t thread)
{
    std::ifstream file("/proc/self/task/" + std::to_string(thread) + "/schedstat");
    long long ran = 0, delay = 0;
    file >> ran >> delay;
    return duration_cast<milliseconds>(nanoseconds(delay));
}

void sleepOn(int processor, std::atomic<std::int64_t>& overslept, const std::stop_token& stop)
{
    cpu_set_t only;
    CPU_ZERO(&only);
    CPU_SET(processor, &only);
    if (pthread_setaffinity_np(pthread_self(), sizeof(only), &only) != 0)
        return;
    constexpr milliseconds wanted(2), much(20);
    const pid_t self = gettid();
    milliseconds before = waited(self);
    while (!stop.stop_requested()) {
        const auto begin = steady_clock::now();
        std::this_thread::sleep_for(wanted);
        const auto slept = duration_cast<milliseconds>(steady_clock::now() - begin);
        if (slept < much)
            continue;
        const milliseconds now = waited(self), ready = now - std::exchange(before, now);
        overslept += std::max<std::int64_t>(0, (slept - wanted - ready).count());
    }
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
    , m_waited(waited(getpid()))
{
    for (int processor = 0; processor < static_cast<int>(std::thread::hardware_concurrency()); ++processor) {
        m_sleepers.push_back(std::make_unique<Sleeper>());
        Sleeper& sleeper = *m_sleepers.back();
        sleeper.thread = std::jthread(
            [processor, &sleeper](const std::stop_token& stop) { sleepOn(processor, sleeper.overslept, stop); });
    }
    m_overslept.resize(m_sleepers.size());
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
    m_waited = waited(getpid());
    m_longest = milliseconds(0);
}

milliseconds Gaps::stoodStill()
{
    const int here = sched_getcpu();
    milliseconds result(0);
    for (std::size_t i = 0; i < m_sleepers.size(); ++i) {
        const std::int64_t now = m_sleepers[i]->overslept, before = std::exchange(m_overslept[i], now);
        if (static_cast<int>(i) == here)
            result = milliseconds(now - before);
    }
    return result;
}

void Gaps::beat()
{
    ++m_beats;
    const auto now = steady_clock::now();
    const auto whole = duration_cast<milliseconds>(now - std::exchange(m_last, now));
    if (whole > milliseconds(50))
        std::this_thread::sleep_for(milliseconds(5));  // who slept beside it has woken as well by then
    const milliseconds before = std::exchange(m_waited, waited(getpid()));
    const milliseconds away = m_waited - before + stoodStill();
    const milliseconds gap = whole - std::min(whole, away);
    m_longest = std::max(m_longest, gap);
    if (gap > milliseconds(50)) {
        auto& [count, longest] = m_over[m_doing];
        ++count;
        longest = std::max(longest, gap);
    }
    if (gap < seconds(1))
        return;
    ++m_overASecond;
    std::printf("gap of %lld ms, without %lld ms in which it had no processor, at: %s\n", static_cast<long long>(gap.count()),
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
        else if (std::sscanf(line.c_str(), "RssAnon: %d", &number) == 1)
            result.anonymous = number / 1024.0;
        else if (std::sscanf(line.c_str(), "Threads: %d", &number) == 1)
            result.threads = number;
    }
    const struct mallinfo2 heap = mallinfo2();
    result.inUse = static_cast<double>(heap.uordblks + heap.hblkhd) / (1 << 20);
    const std::filesystem::directory_iterator files("/proc/self/fd");
    result.files = static_cast<int>(std::distance(begin(files), end(files)));
    return result;
}

}  // namespace vitrine
