// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/terminal.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>

#include <unistd.h>

namespace vitrine {

namespace {

/// The code point at `at` of UTF-8 text and its length; length 0 for a byte that is not UTF-8.
std::pair<std::uint32_t, std::size_t> codePoint(std::string_view text, std::size_t at)
{
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(at);
    if (first < 0x80)
        return {first, 1};
    const std::size_t length = first > 0xf4 ? 0 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
    if (length == 0 || at + length > text.size())
        return {first, 0};
    std::uint32_t code = first & (0x7fU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(at + i) & 0xc0) != 0x80)
            return {first, 0};
        code = code << 6 | (byte(at + i) & 0x3f);
    }
    return {code, length};
}

bool isHarmless(std::uint32_t code)
{
    const bool control = code < 0x20 || (code >= 0x7f && code < 0xa0);
    const bool direction = (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) || code == 0x200e
                           || code == 0x200f || code == 0x061c;
    return !control && !direction && code != 0x2028 && code != 0x2029;
}

}  // namespace

std::string printable(std::string_view text)
{
    std::string result;
    for (std::size_t at = 0; at < text.size();) {
        const auto [code, length] = codePoint(text, at);
        char escaped[16];
        if (length > 0 && isHarmless(code)) {
            result += text.substr(at, length);
        } else {
            std::snprintf(escaped, sizeof escaped, code < 0x100 ? "\\x%02x" : "\\u{%04x}", code);
            result += escaped;
        }
        at += std::max<std::size_t>(length, 1);
    }
    return result;
}

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
