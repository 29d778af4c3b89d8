// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace vitrine {

using Json = nlohmann::json;

/// The text of a file of at most `limit` bytes. Throws Error (not readable, too large, holds NUL bytes).
std::string readTextFile(const std::filesystem::path& file, std::size_t limit);

/// Parses JSON nested at most 64 deep. `where` names it in the Error.
Json parseJson(std::string_view text, const std::string& where);

/// Typed look-ups in a JSON object; a missing or null key gives nothing, a wrong value throws Error with file, key, value.
class JsonObject {
public:
    JsonObject(const Json& json, std::string where)
        : m_json(&json)
        , m_where(std::move(where))
    {
    }

    const Json* find(std::string_view key) const;
    std::optional<int> integer(std::string_view key, int low, int high) const;
    std::optional<double> number(std::string_view key, double low, double high) const;
    std::optional<bool> boolean(std::string_view key) const;
    std::string text(std::string_view key) const;  ///< empty when missing
    std::optional<std::array<float, 3>> triple(std::string_view key, double low, double high) const;
    /// An integer, or the first of a pair; `second` gets the other.
    std::optional<std::array<int, 2>> pair(std::string_view key, int low, int high) const;
    std::optional<JsonObject> object(std::string_view key) const;

    const Json& json() const { return *m_json; }
    const std::string& where() const { return m_where; }
    [[noreturn]] void refuse(std::string_view key, const std::string& wanted) const;

private:
    const Json* m_json;
    std::string m_where;
};

}  // namespace vitrine
