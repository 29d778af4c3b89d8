// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <set>

#include "core/model/json_file.h"
#include "core/model/label_table.h"

namespace vitrine {

namespace {

enum class Direction { Unknown, NumberToName, NameToNumber };

struct LabelContainer {
    const char* key;
    Direction direction;
};

/// Where the names lie in a larger object, the likelier first.
constexpr LabelContainer LabelContainers[] = {
    {"id2label", Direction::NumberToName},     {"label2id", Direction::NameToNumber}, {"class_to_idx", Direction::NameToNumber},
    {"idx_to_class", Direction::NumberToName}, {"categories", Direction::Unknown},    {"classes", Direction::Unknown},
    {"class_names", Direction::Unknown},       {"names", Direction::Unknown},         {"labels", Direction::Unknown}};

/// nlohmann keeps the last of several, and a class would change its name without a word.
void refuseRepeatedKeys(const LabelTable& table, const std::string& text)
{
    std::vector<std::set<std::string>> open;
    std::string repeated;
    const auto watch = [&](int, Json::parse_event_t event, Json& parsed) {
        if (event == Json::parse_event_t::object_start)
            open.emplace_back();
        else if (event == Json::parse_event_t::object_end)
            open.pop_back();
        else if (event == Json::parse_event_t::key && !open.back().insert(parsed.get<std::string>()).second)
            repeated = parsed.get<std::string>();
        return true;
    };
    [[maybe_unused]] const Json same = Json::parse(text, watch, false);
    if (!repeated.empty())
        table.refuse("\"" + repeated.substr(0, 40) + "\" stands in it twice: leave one of them.");
}

/// A name, or the last of Keras' ["n01440764", "tench"]; null where it is neither.
const std::string* nameOf(const Json& value)
{
    const Json* name = value.is_array() && !value.empty() ? &value.back() : &value;
    return name->get_ptr<const std::string*>();
}

bool isNumber(const Json& value)
{
    return value.is_number_integer() || (value.is_string() && looksLikeNumber(value.get_ref<const std::string&>()));
}

std::string plain(const Json& value)
{
    return value.is_string() ? value.get<std::string>() : value.is_number_integer() ? value.dump() : std::string();
}

[[noreturn]] void refuseValue(const LabelTable& table, const std::string& what, const Json& value)
{
    table.refuse(what + " is " + value.dump(-1, ' ', false, Json::error_handler_t::replace).substr(0, 40) + ": "
                 + ExpectedLabels);
}

void addObjects(LabelTable& table, const Json& list)
{
    std::vector<std::string> header;
    for (const auto& [key, value] : list.front().items())
        header.push_back(key);
    std::vector<LabelRow> rows;
    for (const Json& object : list) {
        LabelRow row{"entry " + std::to_string(rows.size()), {}};
        for (const std::string& key : header)
            row.fields.push_back(plain(object.value(key, Json())));
        rows.push_back(std::move(row));
    }
    addRows(table, header, rows, ' ');
}

void addList(LabelTable& table, const Json& list)
{
    if (!list.empty() && std::ranges::all_of(list, [](const Json& value) { return value.is_object(); }))
        return addObjects(table, list);
    for (std::size_t i = 0; i < list.size(); ++i) {
        const std::string* name = nameOf(list[i]);
        if (!name && !list[i].is_null())
            refuseValue(table, "entry " + std::to_string(i), list[i]);
        table.append(name ? *name : std::string());
    }
}

void addObject(LabelTable& table, const Json& object, Direction direction)
{
    const auto every = [&](auto&& holds) { return std::ranges::all_of(object.items(), holds); };
    const bool wholeNumbers = every([](const auto& entry) { return entry.value().is_number_integer(); });
    const bool numbers = every([](const auto& entry) { return isNumber(entry.value()); });
    const bool numberedKeys = every([](const auto& entry) { return looksLikeNumber(entry.key()); });
    const bool toNumber = wholeNumbers || (numbers && (direction == Direction::NameToNumber || !numberedKeys));
    for (const auto& [key, value] : object.items()) {
        const std::string* name = nameOf(value);
        if (!toNumber && !looksLikeNumber(key))
            table.refuse("\"" + key.substr(0, 40) + "\" neither is a class number nor has one: " + ExpectedLabels);
        if (!toNumber && !name && !value.is_null())
            refuseValue(table, "\"" + key.substr(0, 40) + "\"", value);
        if (toNumber)
            table.add(plain(value), key);
        else
            table.add(key, name ? *name : std::string());
    }
}

void addAny(LabelTable& table, const Json& json, Direction direction)
{
    if (json.is_array())
        addList(table, json);
    else
        addObject(table, json, direction);
}

/// timm's label_names (a list or {"0": ...}), said in words by label_descriptions where there are some.
bool addTimm(LabelTable& table, const Json& config)
{
    const auto names = config.find("label_names");
    if (names == config.end() || !names->is_structured())
        return false;
    const auto words = config.find("label_descriptions");
    Json described = *names;
    for (Json& name : described) {
        if (words != config.end() && words->is_object() && name.is_string())
            name = words->value(name.get<std::string>(), name);
    }
    addAny(table, described, Direction::NumberToName);
    return true;
}

bool addContained(LabelTable& table, const Json& object)
{
    for (const LabelContainer& container : LabelContainers) {
        const auto found = object.find(container.key);
        if (found != object.end() && found->is_structured()) {
            addAny(table, *found, container.direction);
            return true;
        }
    }
    const auto inner = object.find("pretrained_cfg");
    return addTimm(table, object) || (inner != object.end() && inner->is_object() && addTimm(table, *inner));
}

}  // namespace

void readJsonLabels(LabelTable& table, const std::string& text, const std::string& where)
{
    if (!Json::accept(text))
        table.refuse(std::string("this is not valid JSON: ") + ExpectedLabels);
    const Json json = parseJson(text, where);
    refuseRepeatedKeys(table, text);
    if (!json.is_object() || !addContained(table, json))
        addAny(table, json, Direction::Unknown);
}

}  // namespace vitrine
