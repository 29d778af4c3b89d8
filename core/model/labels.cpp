// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/labels.h"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "core/base/error.h"
#include "core/model/json_file.h"
#include "core/model/resources.h"

namespace fs = std::filesystem;

namespace vitrine {

namespace {

constexpr std::size_t MaxLabelBytes = std::size_t(16) << 20;
constexpr std::size_t MaxIndex = 1'000'000;
constexpr int ImageNetClasses = 1000;

std::vector<std::string_view> splitted(std::string_view text, char separator)
{
    std::vector<std::string_view> parts;
    while (true) {
        const std::size_t end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos)
            return parts;
        text.remove_prefix(end + 1);
    }
}

std::vector<std::string_view> lines(std::string_view text)
{
    std::vector<std::string_view> all = splitted(text, '\n');
    for (std::string_view& line : all) {
        if (line.ends_with('\r'))
            line.remove_suffix(1);
    }
    while (!all.empty() && all.back().empty())
        all.pop_back();
    return all;
}

bool isIndex(std::string_view field)
{
    return !field.empty() && field.size() <= 6
           && std::all_of(field.begin(), field.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

/// WordNet's "n02123045"
bool isWordnetId(std::string_view field)
{
    return field.size() == 9 && field.front() == 'n' && isIndex(field.substr(1, 4)) && isIndex(field.substr(5));
}

void put(std::vector<std::string>& labels, std::size_t index, std::string_view name, const fs::path& file)
{
    if (index >= MaxIndex)
        throw Error(file.string() + ": the class number " + std::to_string(index) + " is too large.");
    labels.resize(std::max(labels.size(), index + 1));
    labels[index] = name;
}

/// Lines of an index, perhaps a WordNet id, and a name, after a header or none.
std::vector<std::string> fromTable(const std::vector<std::string_view>& rows, const fs::path& file)
{
    std::vector<std::string> labels;
    std::size_t next = 0;
    for (const std::string_view row : rows) {
        const std::vector<std::string_view> fields = splitted(row, '\t');
        const auto isName = [](std::string_view field) { return !isIndex(field) && !isWordnetId(field) && !field.empty(); };
        const auto index = std::find_if(fields.begin(), fields.end(), isIndex);
        const bool header = index == fields.end() && next == 0 && labels.empty() && fields.front() == "index";
        const auto name = std::find_if(fields.begin(), fields.end(), isName);
        if (header)
            continue;
        const std::size_t at = index == fields.end() ? next : static_cast<std::size_t>(std::stoul(std::string(*index)));
        put(labels, at, name == fields.end() ? std::string_view() : *name, file);
        next = at + 1;
    }
    return labels;
}

/// A name, or the last of Keras' ["n01440764", "tench"].
std::string nameOf(const Json& value)
{
    if (value.is_string())
        return value.get<std::string>();
    if (value.is_array() && !value.empty() && value.back().is_string())
        return value.back().get<std::string>();
    return {};
}

std::vector<std::string> fromJson(const std::string& text, const fs::path& file)
{
    const Json json = parseJson(text, file.string());
    std::vector<std::string> labels;
    if (json.is_array()) {
        for (const Json& value : json)
            labels.push_back(nameOf(value));
    } else if (json.is_object()) {
        for (const auto& [key, value] : json.items()) {
            if (!isIndex(key))
                throw Error(file.string() + ": \"" + key.substr(0, 40) + "\" is not a class number.");
            put(labels, std::stoul(key), nameOf(value), file);
        }
    } else {
        throw Error(file.string() + ": class names are expected as a list, or as {\"0\": \"name\"}.");
    }
    return labels;
}

std::string classes(std::size_t count)
{
    return std::to_string(count) + (count == 1 ? " class" : " classes");
}

} // namespace

std::vector<std::string> readLabels(const fs::path& file)
{
    const std::string text = readTextFile(file, MaxLabelBytes);
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    if (first == std::string::npos)
        throw Error(file.string() + ": there are no class names in it.");
    if (text[first] == '{' || text[first] == '[')
        return fromJson(text, file);
    const std::vector<std::string_view> rows = lines(text);
    if (rows.front().find('\t') != std::string_view::npos)
        return fromTable(rows, file);
    return {rows.begin(), rows.end()};
}

void fillLabels(ModelSpec& spec, const ConfigFacts& facts, const ModelOverrides& overrides)
{
    const auto wanted = static_cast<std::size_t>(spec.classes);
    if (overrides.labels) {
        std::vector<std::string> labels = readLabels(*overrides.labels);
        if (labels.size() != wanted)
            throw Error(overrides.labels->string() + ": it names " + classes(labels.size()) + ", but the network has "
                        + std::to_string(wanted) + ": give the list that belongs to it.");
        spec.labels = std::move(labels);
        return;
    }
    if (facts.labels.size() == wanted) {
        spec.labels = facts.labels;
    } else if (!facts.labels.empty()) {
        spec.assume(Severity::Doubtful, "The configuration names " + classes(facts.labels.size()) + ", but the network has "
                               + std::to_string(wanted) + ": its class names were left out.");
    }
    const fs::path bundled = resourceFolder() / "labels" / "imagenet1k.tsv";
    std::error_code failed;
    if (spec.labels.empty() && spec.classes == ImageNetClasses && fs::exists(bundled, failed)) {
        spec.labels = readLabels(bundled);
        spec.assume(Severity::Information, "The 1000 classes were assumed to be ImageNet's.");
    }
}

} // namespace vitrine
