// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/terminal.h"

#include <algorithm>
#include <cstdio>

#include <unistd.h>

#include "core/checkpoint/report.h"

namespace vitrine {

StatusLine::StatusLine()
    : m_terminal(isatty(STDERR_FILENO) == 1)
{
}

StatusLine::~StatusLine()
{
    clear();
}

void StatusLine::show(double fraction, std::string_view what)
{
    using namespace std::chrono;
    const auto now = steady_clock::now();
    if (!m_terminal || (m_shown && now - m_last < milliseconds(100)))
        return;
    constexpr int width = 30;
    const double part = std::clamp(fraction, 0.0, 1.0);
    const int filled = static_cast<int>(part * width);
    std::string line = printable(what) + "  [" + std::string(static_cast<std::size_t>(filled), '#')
                       + std::string(static_cast<std::size_t>(width - filled), '.') + "]  "
                       + std::to_string(static_cast<int>(part * 100)) + " %";
    const double spent = duration<double>(now - m_start).count();
    if (part > 0.01 && spent > 1) {
        const int left = static_cast<int>(spent / part * (1 - part));
        char text[32];
        std::snprintf(text, sizeof text, "  %d:%02d left", left / 60, left % 60);
        line += text;
    }
    std::fprintf(stderr, "\r\033[K%s", line.c_str());
    std::fflush(stderr);
    m_shown = true;
    m_last = now;
}

void StatusLine::clear()
{
    if (m_shown)
        std::fputs("\r\033[K", stderr);
    m_shown = false;
}

}  // namespace vitrine
