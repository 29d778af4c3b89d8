// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vitrine {

/// Ends the sentence of whoever refuses a file of class names.
inline constexpr const char* ExpectedLabels
    = "class names are expected one a line, as \"0 name\" lines, as a table with columns for number and name (CSV, TSV), or as "
      "JSON: a list of names, {\"0\": \"name\"}, {\"name\": 0}, or a whole config.json with id2label or label_names.";

/// Class names by class number, as a file gives them. Every refusal is an Error that names the file.
class LabelTable {
public:
    explicit LabelTable(std::string where)
        : m_where(std::move(where))
    {
    }

    /// Refuses what is no class number (negative, too large) and a second name for a class; an empty name is a gap.
    void add(std::string_view number, std::string_view name);
    void append(std::string_view name);
    [[noreturn]] void refuse(const std::string& what) const;

    /// By class number, empty for a gap. Refuses a table without any name.
    std::vector<std::string> labels() const;

private:
    void put(std::size_t index, std::string_view name);

    std::string m_where;
    std::map<std::size_t, std::string> m_names;
    std::size_t m_next = 0;
};

/// "281", "-1", digits without end: what stands where a class number is expected, right or not.
bool looksLikeNumber(std::string_view text);
/// WordNet's "n02123045".
bool isWordnetId(std::string_view text);
std::string_view trimmed(std::string_view text);

/// A row of a table of text, and where it stands in the file ("line 3").
struct LabelRow {
    std::string place;
    std::vector<std::string> fields;
};

/// Reads `rows` whose columns are called `header` (may be empty): the column of numbers, or the rows' order where there is
/// none, and the column of names. `separator` joins what an unquoted name was split into.
void addRows(LabelTable& table, const std::vector<std::string>& header, const std::vector<LabelRow>& rows, char separator);
/// The column that holds the class numbers, told by its name or by most of its fields.
std::optional<std::size_t> numberColumn(const std::vector<std::string>& header, const std::vector<LabelRow>& rows);
/// Whether every field is a name that people give to such columns.
bool isLabelHeader(const std::vector<std::string>& fields);

void readJsonLabels(LabelTable& table, const std::string& text, const std::string& where);
void readTextLabels(LabelTable& table, std::string_view text);

}  // namespace vitrine
