// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <set>

#include "core/model/label_table.h"

namespace vitrine {

namespace {

/// RFC 4180: a field in quotes may hold the separator, line ends and doubled quotes. Blank lines at the end are dropped.
class Rows {
public:
    Rows(std::string_view text, char separator, const LabelTable& table)
        : m_text(text)
        , m_separator(separator)
        , m_table(table)
    {
    }

    std::vector<LabelRow> read()
    {
        std::vector<LabelRow> rows;
        while (m_at < m_text.size()) {
            LabelRow row{"line " + std::to_string(m_line), {}};
            do
                row.fields.push_back(field());
            while (take(m_separator));
            take('\r');
            take('\n');
            ++m_line;
            rows.push_back(std::move(row));
        }
        while (!rows.empty() && isBlank(rows.back()))
            rows.pop_back();
        return rows;
    }

    static bool isBlank(const LabelRow& row)
    {
        return std::ranges::all_of(row.fields, [](const std::string& field) { return trimmed(field).empty(); });
    }

private:
    bool take(char wanted)
    {
        const bool there = m_at < m_text.size() && m_text[m_at] == wanted;
        m_at += there ? 1 : 0;
        return there;
    }

    std::string field()
    {
        std::string text;
        if (take('"'))
            text = quotedPart();
        while (m_at < m_text.size() && m_text[m_at] != m_separator && m_text[m_at] != '\n')
            text += m_text[m_at++];
        return std::string(trimmed(text));
    }

    std::string quotedPart()
    {
        std::string text;
        const std::size_t line = m_line;
        while (m_at < m_text.size()) {
            const char next = m_text[m_at++];
            if (next == '"' && !take('"'))
                return text;
            m_line += next == '\n' ? 1 : 0;
            text += next == '\n' ? ' ' : next;
        }
        m_table.refuse("the quotation mark in line " + std::to_string(line) + " is never closed.");
    }

    std::string_view m_text;
    char m_separator;
    const LabelTable& m_table;
    std::size_t m_at = 0, m_line = 1;
};

/// Splits off a header: a first row of known words, or one without a number above a column of numbers.
std::vector<std::string> takeHeader(std::vector<LabelRow>& rows)
{
    if (rows.size() < 2)
        return {};
    const std::vector<LabelRow> rest(rows.begin() + 1, rows.end());
    const std::vector<std::string> first = rows.front().fields;
    const auto number = numberColumn({}, rest);
    const bool isHeader = isLabelHeader(first)
                          || (number && *number < first.size() && !looksLikeNumber(first[*number])
                              && std::ranges::none_of(first, looksLikeNumber));
    if (!isHeader)
        return {};
    rows.erase(rows.begin());
    return first;
}

/// Commas also stand in names: only numbers in a column, or a header of known words, make lines with them a table.
bool addTable(LabelTable& table, std::string_view text, char separator)
{
    if (text.find(separator) == std::string_view::npos)
        return false;
    std::vector<LabelRow> rows = Rows(text, separator, table).read();
    std::erase_if(rows, Rows::isBlank);
    const bool single = std::ranges::all_of(rows, [](const LabelRow& row) { return row.fields.size() == 1; });
    if (rows.empty() || single)
        return false;
    const std::vector<std::string> header = takeHeader(rows);
    const bool isTable = numberColumn(header, rows) || isLabelHeader(header)
                         || (separator == '\t' && rows.front().fields.size() > 1);
    if (isTable)
        addRows(table, header, rows, separator);
    return isTable;
}

struct Numbered {
    std::string_view number, name;
    bool colon = false;
};

/// "0 cat", "0: cat".
std::optional<Numbered> numbered(std::string_view line)
{
    const std::size_t end = std::min(line.find_first_of(": \t"), line.size());
    if (!looksLikeNumber(line.substr(0, end)))
        return std::nullopt;
    std::string_view name = trimmed(line.substr(end));
    const bool colon = name.starts_with(':');
    name = trimmed(name.substr(colon ? 1 : 0));
    return name.empty() ? std::nullopt : std::optional(Numbered{line.substr(0, end), name, colon});
}

/// Names may begin with a number themselves ("5 euro"): without colons the numbers must count from 0, or from 1 to the end.
bool areClassNumbers(const std::vector<Numbered>& lines)
{
    if (std::ranges::any_of(lines, &Numbered::colon))
        return true;
    constexpr std::size_t MostDigits = 9;
    std::set<unsigned long> seen;
    for (const Numbered& line : lines) {
        if (line.number.front() != '-' && line.number.size() <= MostDigits)
            seen.insert(std::stoul(std::string(line.number)));
    }
    return seen.contains(0) || (seen.size() == lines.size() && *seen.begin() == 1 && *seen.rbegin() == lines.size());
}

/// Whether most lines are numbered; then every line must be.
bool addNumbered(LabelTable& table, const std::vector<std::string>& lines)
{
    std::vector<Numbered> found;
    for (const std::string& line : lines) {
        if (const auto one = numbered(line))
            found.push_back(*one);
    }
    if (2 * found.size() <= lines.size() || !areClassNumbers(found))
        return false;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const auto one = numbered(lines[i]);
        if (!one)
            table.refuse("\"" + lines[i].substr(0, 40)
                         + "\" has no class number before it, but other lines have one: " + ExpectedLabels);
        table.add(one->number, one->name);
    }
    return true;
}

/// "n01440764 tench, Tinca tinca": the name without WordNet's id where every line has both.
void dropWordnetIds(std::vector<std::string>& lines)
{
    constexpr std::size_t Length = 9;
    const auto hasBoth = [](const std::string& line) {
        return line.size() > Length + 1 && line[Length] == ' ' && isWordnetId(std::string_view(line).substr(0, Length));
    };
    if (!std::ranges::all_of(lines, hasBoth))
        return;
    for (std::string& line : lines)
        line.erase(0, Length + 1);
}

}  // namespace

void readTextLabels(LabelTable& table, std::string_view text)
{
    for (const char separator : {'\t', ';', ','}) {
        if (addTable(table, text, separator))
            return;
    }
    std::vector<std::string> lines;
    for (const LabelRow& row : Rows(text, '\0', table).read()) {
        if (row.fields.front().empty())
            table.refuse(row.place + " is empty, but every line is the name of one class.");
        lines.push_back(row.fields.front());
    }
    dropWordnetIds(lines);
    if (addNumbered(table, lines))
        return;
    for (const std::string& line : lines)
        table.append(line);
}

}  // namespace vitrine
