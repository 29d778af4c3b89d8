// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/folder_order.h"

#include <algorithm>
#include <cctype>

#include "app/class_index.h"
#include "core/base/error.h"

namespace vitrine {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t exampleLength = 5;

std::vector<std::string> classFolders(const fs::path& folder)
{
    std::vector<std::string> names;
    std::error_code error;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
        const std::string name = at->path().filename().string();
        std::error_code failed;
        if (at->is_directory(failed) && !name.starts_with('.'))
            names.push_back(name);
    }
    std::ranges::sort(names);
    return names;
}

bool isNumber(const std::string& name)
{
    return !name.empty() && std::ranges::all_of(name, [](unsigned char c) { return std::isdigit(c) != 0; });
}

/// By value, whatever the number of digits.
bool isLess(const std::string& left, const std::string& right)
{
    const auto digits = [](const std::string& text) { return text.substr(std::min(text.find_first_not_of('0'), text.size())); };
    const std::string a = digits(left), b = digits(right);
    return a.size() != b.size() ? a.size() < b.size() : a != b ? a < b : left < right;
}

std::map<std::string, int> ranks(const std::vector<std::string>& names)
{
    std::map<std::string, int> result;
    for (const std::string& name : names)
        result.emplace(name, static_cast<int>(result.size()));
    return result;
}

/// Only the folders that are there, of all that `order` puts in a row.
std::map<std::string, int> only(const std::map<std::string, int>& order, const std::vector<std::string>& names)
{
    std::map<std::string, int> result;
    for (const std::string& name : names)
        if (const auto found = order.find(name); found != order.end())
            result.insert(*found);
    return result;
}

std::vector<std::string> countedTo(int classes)
{
    std::vector<std::string> names;
    for (int i = 0; i < classes; ++i)
        names.push_back(std::to_string(i));
    return names;
}

/// A folder for every class, or some of those called 0 to the last class.
std::map<std::string, int> inOrder(std::vector<std::string> names, int classes, FolderOrder order)
{
    const std::vector<std::string> present = names;
    if (static_cast<int>(names.size()) != classes)
        names = countedTo(classes);
    if (order == FolderOrder::Text)
        std::ranges::sort(names);
    else
        std::ranges::sort(names, isLess);
    return only(ranks(names), present);
}

std::string exampleOf(const std::vector<std::string>& names)
{
    std::string text;
    for (std::size_t i = 0; i < std::min(names.size(), exampleLength); ++i)
        text += (i ? ", " : "") + names[i];
    return names.size() > exampleLength ? text + " ..." : text;
}

void checkAsked(const fs::path& folder, const std::vector<std::string>& names, int classes, FolderOrder asked)
{
    const std::string option = "--order " + toString(asked);
    if (names.empty())
        throw Error(option + " is about class folders, but there is none in " + folder.string() + "; leave it out.");
    const auto other = std::ranges::find_if_not(names, isNumber);
    if (other != names.end() && asked == FolderOrder::Number)
        throw Error("The folder " + (folder / *other).string() + " is not named by a number; leave --order number out.");
    if (other != names.end() && static_cast<int>(names.size()) != classes)
        throw Error(option + " needs a folder for every class, but " + folder.string() + " holds "
                    + std::to_string(names.size()) + " folders, and the model has " + std::to_string(classes) + " classes.");
}

}  // namespace

FolderReadings readFolders(const fs::path& folder, const ClassIndex& classes, std::optional<FolderOrder> asked)
{
    const std::vector<std::string> names = classFolders(folder);
    if (asked)
        checkAsked(folder, names, classes.count(), *asked);
    const bool numbers = std::ranges::all_of(names, isNumber);
    const bool named = std::ranges::any_of(names, [&](const std::string& name) { return classes.isName(name); });
    FolderReadings readings;
    readings.complete = static_cast<int>(names.size()) == classes.count();
    if (names.empty() || (!asked && (!numbers || named || (!readings.complete && classes.hasLabels()))))
        return readings;
    const bool trainedOnThem = readings.complete && !classes.hasLabels();
    const FolderOrder order = asked.value_or(trainedOnThem ? FolderOrder::Text : FolderOrder::Number);
    const FolderOrder other = order == FolderOrder::Text ? FolderOrder::Number : FolderOrder::Text;
    readings.taken = FolderReading{order, inOrder(names, classes.count(), order)};
    readings.asked = asked.has_value();
    readings.example = exampleOf(names);
    if (numbers)
        readings.other = FolderReading{other, inOrder(names, classes.count(), other)};
    if (readings.other && readings.other->classes == readings.taken->classes)
        readings.other.reset();
    return readings;
}

std::string toString(FolderOrder order)
{
    return order == FolderOrder::Text ? "text" : "number";
}

}  // namespace vitrine
