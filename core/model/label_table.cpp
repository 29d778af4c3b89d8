// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/label_table.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

#include "core/base/error.h"

namespace vitrine {

namespace {

constexpr std::size_t MostClassDigits = 6;
constexpr std::array<std::string_view, 9> NumberWords{"id",        "index",    "idx",         "class_id", "class_index",
                                                      "class_idx", "label_id", "category_id", "number"};
constexpr std::array<std::string_view, 10> NameWords{"name",  "class_name", "label_name",  "category_name", "label",
                                                     "class", "category",   "description", "text",          "title"};
constexpr std::array<std::string_view, 7> OtherWords{"wnid", "synset", "supercategory", "color", "lemmas", "count", "isthing"};

template <std::size_t N>
bool isOneOf(const std::array<std::string_view, N>& words, const std::string& word)
{
    return std::ranges::find(words, word) != words.end();
}

std::string folded(std::string_view text)
{
    std::string word(trimmed(text));
    std::ranges::transform(word, word.begin(),
                           [](unsigned char c) { return c == ' ' || c == '-' ? '_' : static_cast<char>(std::tolower(c)); });
    return word;
}

bool isDigits(std::string_view text)
{
    return !text.empty() && std::ranges::all_of(text, [](unsigned char c) { return std::isdigit(c) != 0; });
}

std::string_view field(const LabelRow& row, std::size_t column)
{
    return column < row.fields.size() ? trimmed(row.fields[column]) : std::string_view();
}

std::string shownField(std::string_view text)
{
    return '"' + std::string(text.substr(0, 40)) + '"';
}

std::size_t columnCount(const std::vector<std::string>& header, const std::vector<LabelRow>& rows)
{
    std::size_t least = header.empty() ? rows.front().fields.size() : header.size();
    for (const LabelRow& row : rows)
        least = std::min(least, row.fields.size());
    return std::max<std::size_t>(least, 1);
}

/// Whether a column counts 0, 1, 2 ... in any order.
bool countsFromZero(const std::vector<LabelRow>& rows, std::size_t column)
{
    std::set<std::string_view> seen;
    for (const LabelRow& row : rows) {
        const std::string_view number = field(row, column);
        if (!isDigits(number) || number.size() > MostClassDigits || std::stoul(std::string(number)) >= rows.size()
            || !seen.insert(number).second)
            return false;
    }
    return true;
}

template <std::size_t N>
std::optional<std::size_t> columnCalled(const std::array<std::string_view, N>& words, const std::vector<std::string>& header,
                                        std::optional<std::size_t> except)
{
    for (const std::string_view word : words) {
        for (std::size_t column = 0; column < header.size(); ++column) {
            if (column != except && folded(header[column]) == word)
                return column;
        }
    }
    return std::nullopt;
}

std::optional<std::size_t> nameColumn(const std::vector<std::string>& header, const std::vector<LabelRow>& rows,
                                      std::optional<std::size_t> number)
{
    if (const auto called = columnCalled(NameWords, header, number))
        return called;
    std::optional<std::size_t> identifiers;
    for (std::size_t column = 0; column < columnCount(header, rows); ++column) {
        if (column == number)
            continue;
        if (!std::ranges::all_of(rows, [&](const LabelRow& row) { return isWordnetId(field(row, column)); }))
            return column;
        identifiers = column;
    }
    return identifiers;
}

/// The name in `column`; of the last column, with what stands behind it: "tench, Tinca tinca" without quotes.
std::string nameIn(const LabelRow& row, std::size_t column, bool last, char separator)
{
    std::string name(field(row, column));
    for (std::size_t next = column + 1; last && next < row.fields.size(); ++next)
        name += separator + row.fields[next];
    return std::string(trimmed(name));
}

}  // namespace

void LabelTable::refuse(const std::string& what) const
{
    throw Error(m_where + ": " + what);
}

void LabelTable::add(std::string_view number, std::string_view name)
{
    number = trimmed(number);
    if (!looksLikeNumber(number))
        refuse(shownField(number) + " is not a class number: " + ExpectedLabels);
    if (!isDigits(number))
        refuse("the class number " + std::string(number.substr(0, 40)) + " is negative: classes count from 0.");
    number.remove_prefix(std::min(number.find_first_not_of('0'), number.size() - 1));
    if (number.size() > MostClassDigits)
        refuse("the class number " + std::string(number.substr(0, 40)) + " is too large.");
    put(std::stoul(std::string(number)), name);
}

void LabelTable::append(std::string_view name)
{
    put(m_next, name);
}

void LabelTable::put(std::size_t index, std::string_view name)
{
    m_next = index + 1;
    name = trimmed(name);
    const auto [entry, isNew] = m_names.try_emplace(index, name);
    if (!isNew && entry->second != name)
        refuse("class " + std::to_string(index) + " has two names, " + shownField(entry->second) + " and " + shownField(name)
               + ": leave one of them.");
}

std::vector<std::string> LabelTable::labels() const
{
    if (std::ranges::all_of(m_names, [](const auto& entry) { return entry.second.empty(); }))
        refuse(std::string("there are no class names in it: ") + ExpectedLabels);
    std::vector<std::string> labels(m_names.rbegin()->first + 1);
    for (const auto& [index, name] : m_names)
        labels[index] = name;
    return labels;
}

bool looksLikeNumber(std::string_view text)
{
    return isDigits(text.substr(text.starts_with('-') || text.starts_with('+') ? 1 : 0));
}

bool isWordnetId(std::string_view text)
{
    return text.size() == 9 && text.front() == 'n' && isDigits(text.substr(1));
}

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view Blanks = " \t\r\n";
    text.remove_prefix(std::min(text.find_first_not_of(Blanks), text.size()));
    return text.substr(0, text.find_last_not_of(Blanks) + 1);
}

std::optional<std::size_t> numberColumn(const std::vector<std::string>& header, const std::vector<LabelRow>& rows)
{
    if (const auto called = columnCalled(NumberWords, header, std::nullopt))
        return called;
    std::optional<std::size_t> first;
    for (std::size_t column = 0; column < columnCount(header, rows); ++column) {
        const auto numbers = std::ranges::count_if(rows,
                                                   [&](const LabelRow& row) { return looksLikeNumber(field(row, column)); });
        const bool isOther = column < header.size() && isOneOf(OtherWords, folded(header[column]));
        if (isOther || 2 * static_cast<std::size_t>(numbers) <= rows.size())
            continue;
        if (countsFromZero(rows, column))
            return column;
        first = first.value_or(column);
    }
    return first;
}

bool isLabelHeader(const std::vector<std::string>& fields)
{
    const auto isWord = [](const std::string& text) {
        const std::string word = folded(text);
        return isOneOf(NumberWords, word) || isOneOf(NameWords, word) || isOneOf(OtherWords, word);
    };
    return fields.size() > 1 && std::ranges::all_of(fields, isWord);
}

void addRows(LabelTable& table, const std::vector<std::string>& header, const std::vector<LabelRow>& rows, char separator)
{
    const std::optional<std::size_t> number = numberColumn(header, rows);
    const std::optional<std::size_t> name = nameColumn(header, rows, number);
    if (!name)
        table.refuse(std::string("it has no column of names: ") + ExpectedLabels);
    const bool last = *name + 1 == columnCount(header, rows);
    for (const LabelRow& row : rows) {
        const std::string text = nameIn(row, *name, last, separator);
        if (text.empty())
            table.refuse(row.place + " has no name: " + ExpectedLabels);
        if (number && !looksLikeNumber(field(row, *number)))
            table.refuse(row.place + ": " + shownField(field(row, *number)) + " is not a class number: " + ExpectedLabels);
        if (number)
            table.add(field(row, *number), text);
        else
            table.append(text);
    }
}

}  // namespace vitrine
