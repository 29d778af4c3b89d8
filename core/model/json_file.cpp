// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/json_file.h"

#include <cmath>
#include <fstream>

#include "core/base/error.h"

namespace vitrine {

namespace {

constexpr int MaxDepth = 64;

std::string rangeText(double low, double high)
{
    const auto plain = [](double value) {
        std::string text = std::to_string(value);
        text.erase(text.find_last_not_of('0') + 1);
        if (text.back() == '.')
            text.pop_back();
        return text;
    };
    return "from " + plain(low) + " to " + plain(high);
}

}  // namespace

std::string readTextFile(const std::filesystem::path& file, std::size_t limit)
{
    std::error_code failed;
    if (!std::filesystem::is_regular_file(file, failed))
        throw Error(file.string() + ": this is not a file that can be read.");
    if (std::filesystem::file_size(file, failed) > limit)
        throw Error(file.string() + ": the file is larger than " + std::to_string(limit >> 20)
                    + " MiB, which is no list of class names or configuration.");
    std::ifstream stream(file, std::ios::binary);
    std::string text((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
    if (!stream && !stream.eof())
        throw Error(file.string() + ": the file cannot be read.");
    if (text.find('\0') != std::string::npos)
        throw Error(file.string() + ": the file holds NUL bytes: it is not UTF-8 text.");
    if (text.starts_with("\xEF\xBB\xBF"))
        text.erase(0, 3);
    return text;
}

Json parseJson(std::string_view text, const std::string& where)
{
    bool tooDeep = false;
    const auto limitDepth = [&tooDeep](int depth, Json::parse_event_t, Json&) {
        tooDeep = tooDeep || depth > MaxDepth;
        return !tooDeep;
    };
    Json json = Json::parse(text, limitDepth, false);
    if (tooDeep)
        throw Error(where + ": the JSON is nested too deeply.");
    if (json.is_discarded())
        throw Error(where + ": this is not valid JSON: correct it or remove the file.");
    return json;
}

const Json* JsonObject::find(std::string_view key) const
{
    if (!m_json->is_object())
        return nullptr;
    const auto found = m_json->find(key);
    return found == m_json->end() || found->is_null() ? nullptr : &*found;
}

void JsonObject::refuse(std::string_view key, const std::string& wanted) const
{
    std::string value = find(key) ? find(key)->dump(-1, ' ', false, Json::error_handler_t::replace) : "missing";
    if (value.size() > 40)
        value = value.substr(0, 40) + "...";
    throw Error(m_where + ": \"" + std::string(key) + "\" is " + value + ", but should be " + wanted
                + ": correct it or remove the file.");
}

std::optional<int> JsonObject::integer(std::string_view key, int low, int high) const
{
    const std::optional<double> value = number(key, low, high);
    if (value && *value != std::floor(*value))
        refuse(key, "a whole number");
    return value ? std::optional(static_cast<int>(*value)) : std::nullopt;
}

std::optional<double> JsonObject::number(std::string_view key, double low, double high) const
{
    const Json* value = find(key);
    if (!value)
        return std::nullopt;
    if (!value->is_number())
        refuse(key, "a number " + rangeText(low, high));
    const double number = value->get<double>();
    if (!(number >= low && number <= high))
        refuse(key, "a number " + rangeText(low, high));
    return number;
}

std::optional<bool> JsonObject::boolean(std::string_view key) const
{
    const Json* value = find(key);
    return value && value->is_boolean() ? std::optional(value->get<bool>()) : std::nullopt;
}

std::string JsonObject::text(std::string_view key) const
{
    const Json* value = find(key);
    return value && value->is_string() ? value->get<std::string>() : std::string();
}

std::optional<std::array<float, 3>> JsonObject::triple(std::string_view key, double low, double high) const
{
    const Json* value = find(key);
    if (!value)
        return std::nullopt;
    const std::string wanted = "three numbers " + rangeText(low, high);
    if (!value->is_array() || value->size() != 3)
        refuse(key, wanted);
    std::array<float, 3> triple{};
    for (std::size_t i = 0; i < triple.size(); ++i) {
        const Json& item = (*value)[i];
        if (!item.is_number() || !(item.get<double>() >= low && item.get<double>() <= high))
            refuse(key, wanted);
        triple[i] = item.get<float>();
    }
    return triple;
}

std::optional<std::array<int, 2>> JsonObject::pair(std::string_view key, int low, int high) const
{
    const Json* value = find(key);
    if (!value)
        return std::nullopt;
    const std::string wanted = "a whole number " + rangeText(low, high) + ", or two";
    const auto whole = [&](const Json& item) {
        if (!item.is_number() || item.get<double>() != std::floor(item.get<double>())
            || !(item.get<double>() >= low && item.get<double>() <= high))
            refuse(key, wanted);
        return static_cast<int>(item.get<double>());
    };
    if (!value->is_array())
        return std::array<int, 2>{whole(*value), whole(*value)};
    if (value->size() != 2)
        refuse(key, wanted);
    return std::array<int, 2>{whole((*value)[0]), whole((*value)[1])};
}

std::optional<JsonObject> JsonObject::object(std::string_view key) const
{
    const Json* value = find(key);
    if (!value || !value->is_object())
        return std::nullopt;
    return JsonObject(*value, m_where);
}

}  // namespace vitrine
