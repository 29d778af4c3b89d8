// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/report.h"

#include <array>
#include <cstdint>
#include <cstdio>

#include "core/checkpoint/utf8.h"

namespace vitrine {
namespace {

constexpr std::size_t longestShown = 120;

bool isHarmless(char32_t c)
{
    const bool control = c < 0x20 || (c >= 0x7f && c < 0xa0);
    const bool direction = (c >= 0x200e && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069)
                           || c == 0x061c;
    return !control && !direction;
}

std::string escaped(unsigned value)
{
    std::array<char, 16> buffer{};
    std::snprintf(buffer.data(), buffer.size(), value < 0x100 ? "\\x%02x" : "\\u%04x", value);
    return buffer.data();
}

std::string shownUpTo(std::string_view text, std::size_t longest)
{
    std::string result;
    std::size_t i = 0;
    while (i < text.size()) {
        if (result.size() >= longest)
            return result + "...";
        char32_t c = 0;
        const std::size_t length = decodeUtf8(text.substr(i), c);
        if (length == 0)
            result += escaped(static_cast<unsigned char>(text[i++]));
        else {
            result += isHarmless(c) ? std::string(text.substr(i, length)) : escaped(static_cast<unsigned>(c));
            i += length;
        }
    }
    return result;
}

}  // namespace

std::string printable(std::string_view text)
{
    return shownUpTo(text, std::string_view::npos);
}

std::string shown(std::string_view text)
{
    return shownUpTo(text, longestShown);
}

std::string inQuotes(std::string_view text)
{
    return '"' + shown(text) + '"';
}

void fail(const std::filesystem::path& file, std::string_view what)
{
    throw Error(shownUpTo(file.string(), 4096) + ' ' + std::string(what));
}

std::string byteCount(std::uint64_t bytes)
{
    return std::to_string(bytes) + (bytes == 1 ? " byte" : " bytes");
}

}  // namespace vitrine
