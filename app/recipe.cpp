// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/recipe.h"

#include <algorithm>
#include <filesystem>

#include <QCryptographicHash>
#include <QFile>

#include <nlohmann/json.hpp>

#include "core/base/error.h"
#include "ui/picture/file_name.h"

namespace vitrine {

namespace {

using Json = nlohmann::ordered_json;

std::vector<std::string>& storage()
{
    static std::vector<std::string> stored;
    return stored;
}

/// "-o x", "-ox", "--output x" and "--output=x" name a file that is written: no part of how a figure is made.
std::vector<std::string> withoutOutput(const std::vector<std::string>& arguments)
{
    std::vector<std::string> kept;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string& one = arguments[i];
        if (one == "-o" || one == "--output")
            ++i;
        else if (!one.starts_with("--output=") && !(one.starts_with("-o") && !one.starts_with("--")))
            kept.push_back(one);
    }
    return kept;
}

/// What tells whether a file is the same: its bytes, of a large one its length.
Json markOf(const std::string& name)
{
    constexpr qint64 most = 64 << 20;
    QFile file(fromPath(name));
    if (!file.open(QIODevice::ReadOnly))
        return {};
    if (file.size() > most)
        return {{"file", name}, {"bytes", file.size()}};
    QCryptographicHash hash(QCryptographicHash::Sha256);
    hash.addData(&file);
    return {{"file", name}, {"sha256", hash.result().toHex().toStdString()}};
}

std::vector<std::string> textsIn(const Json& list)
{
    std::vector<std::string> texts;
    for (const Json& one : list)
        texts.push_back(one.get<std::string>());
    return texts;
}

bool isListOfTexts(const Json& recipe, const char* key)
{
    return recipe.contains(key) && recipe[key].is_array()
           && std::ranges::all_of(recipe[key], [](const Json& one) { return one.is_string(); });
}

}  // namespace

std::string recipeOf(const std::vector<std::string>& arguments)
{
    const std::vector<std::string> kept = withoutOutput(arguments);
    Json files = Json::array();
    std::error_code error;
    for (const std::string& one : kept)
        if (std::filesystem::is_regular_file(one, error))
            if (const Json mark = markOf(one); !mark.is_null())
                files.push_back(mark);
    return Json{{"vitrine", VITRINE_VERSION}, {"arguments", kept}, {"files", files}}.dump(-1, ' ', true,
                                                                                          Json::error_handler_t::replace);
}

std::vector<std::string> argumentsOf(const std::string& recipe, const std::string& file)
{
    const Json read = Json::parse(recipe, nullptr, false);
    if (!read.is_object() || !isListOfTexts(read, "arguments") || read["arguments"].empty())
        throw Error(file + " says how it was made in a way that Vitrine does not understand; make the figure anew.");
    for (const Json& mark : read.value("files", Json::array())) {
        if (!mark.is_object() || !mark.contains("file") || !mark["file"].is_string())
            throw Error(file + " says how it was made in a way that Vitrine does not understand; make the figure anew.");
        const auto name = mark["file"].get<std::string>();
        const Json now = markOf(name);
        if (now.is_null())
            throw Error(file + " was made from " + name + ", which is not here; call Vitrine from the folder where it is.");
        if (now != mark)
            throw Error(file + " was made from another " + name
                        + " than the one that is here; put that one back, or make the figure anew.");
    }
    return withoutOutput(textsIn(read["arguments"]));
}

void setProgramArguments(std::vector<std::string> arguments)
{
    storage() = std::move(arguments);
}

const std::vector<std::string>& programArguments()
{
    return storage();
}

}  // namespace vitrine
