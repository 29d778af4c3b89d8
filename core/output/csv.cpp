// SPDX-License-Identifier: GPL-3.0-or-later
#include <array>
#include <cassert>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fstream>
#include <string_view>

#include "core/base/error.h"
#include "core/output/arrays.h"

namespace vitrine {

namespace {

/// A text as a field: no formula for a spreadsheet, quoted where RFC 4180 asks for it.
std::string field(std::string_view text)
{
    std::string safe;
    using namespace std::string_view_literals;
    if (!text.empty() && "=+-@\t\r\n\0"sv.find(text.front()) != std::string_view::npos)
        safe = "'";
    safe += text;
    // Semicolons and tabs separate fields where a spreadsheet is set up so.
    if (safe.find_first_of(",;\t\"\r\n") == std::string::npos)
        return safe;
    std::string quoted = "\"";
    for (const char c : safe)
        quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + '"';
}

void appendNumber(std::string& line, float value)
{
    if (std::isnan(value))
        value = std::abs(value);  // "-nan" would read as a formula
    std::array<char, 32> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    line.append(digits.data(), end);
}

void writeLines(std::ostream& out, const NdArray& array, const std::vector<std::string>& columns,
                const std::vector<std::string>& rows)
{
    const std::int64_t width = array.rank() == 0 ? 1 : array.dim(-1);
    const std::int64_t height = width == 0 ? 0 : array.size() / width;
    assert(columns.empty() || static_cast<std::int64_t>(columns.size()) == width);
    assert(rows.empty() || static_cast<std::int64_t>(rows.size()) == height);
    std::string line;
    if (!columns.empty()) {
        if (!rows.empty())
            line += ',';
        for (std::size_t i = 0; i < columns.size(); ++i)
            line += (i ? "," : "") + field(columns[i]);
        out << line << "\r\n";
    }
    for (std::int64_t y = 0; y < height; ++y) {
        line.clear();
        if (!rows.empty())
            line += field(rows.at(static_cast<std::size_t>(y))) + ',';
        for (std::int64_t x = 0; x < width; ++x) {
            if (x > 0)
                line += ',';
            appendNumber(line, array.data()[y * width + x]);
        }
        out << line << "\r\n";
    }
}

}  // namespace

void writeCsv(const std::filesystem::path& path, const NdArray& array, const std::vector<std::string>& columns,
              const std::vector<std::string>& rows)
{
    writeAtomically(path, [&](const std::filesystem::path& temporary) {
        std::ofstream file(temporary, std::ios::binary);
        writeLines(file, array, columns, rows);
        file.close();
        if (!file)
            throw Error("Cannot write " + path.string() + ": " + std::strerror(errno) + ".");
    });
}

}  // namespace vitrine
