// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
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

std::size_t heightOf(const std::vector<Column>& columns)
{
    return columns.empty() ? 0 : std::visit([](const auto& cells) { return cells.size(); }, columns.front().cells);
}

void appendCell(std::string& line, const Column& column, std::size_t row)
{
    if (const auto* const whole = std::get_if<std::vector<std::int64_t>>(&column.cells))
        line += std::to_string(whole->at(row));
    else if (const auto* const numbers = std::get_if<std::vector<float>>(&column.cells))
        appendNumber(line, numbers->at(row));
    else
        line += field(std::get<std::vector<std::string>>(column.cells).at(row));
}

void writeColumns(std::ostream& out, const std::vector<Column>& columns)
{
    std::string line;
    for (const Column& column : columns)
        line += (&column == &columns.front() ? "" : ",") + field(column.name);
    out << line << "\r\n";
    for (std::size_t row = 0; row < heightOf(columns); ++row) {
        line.clear();
        for (const Column& column : columns) {
            if (&column != &columns.front())
                line += ',';
            appendCell(line, column, row);
        }
        out << line << "\r\n";
    }
}

/// Whole or not at all.
template <typename Write>
void writeFile(const std::filesystem::path& path, const Write& write)
{
    writeAtomically(path, [&](const std::filesystem::path& temporary) {
        std::ofstream file(temporary, std::ios::binary);
        write(file);
        file.close();
        if (!file)
            throw Error("Cannot write " + path.string() + ": " + std::strerror(errno) + ".");
    });
}

}  // namespace

std::vector<Column> longTable(const NdArray& array, const std::vector<std::string>& axes)
{
    assert(static_cast<int>(axes.size()) == array.rank());
    std::vector<Column> table(axes.size());
    std::int64_t inside = 1;
    for (std::size_t axis = axes.size(); axis-- > 0;) {
        const std::int64_t length = std::max<std::int64_t>(1, array.dim(static_cast<int>(axis)));
        std::vector<std::int64_t> indices;
        for (std::int64_t i = 0; i < array.size(); ++i)
            indices.push_back(i / inside % length);
        table[axis] = {axes[axis], std::move(indices)};
        inside *= length;
    }
    table.push_back({"value", std::vector<float>(array.values().begin(), array.values().end())});
    return table;
}

void writeTable(const std::filesystem::path& path, const std::vector<Column>& columns)
{
    writeFile(path, [&](std::ostream& out) { writeColumns(out, columns); });
}

void writeCsv(const std::filesystem::path& path, const NdArray& array, const std::vector<std::string>& columns,
              const std::vector<std::string>& rows)
{
    writeFile(path, [&](std::ostream& out) { writeLines(out, array, columns, rows); });
}

}  // namespace vitrine
