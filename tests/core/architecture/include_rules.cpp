// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/architecture/include_rules.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string_view>

namespace vitrine::test {

namespace {

struct Include {
    int line = 0;
    std::string target;
    bool quoted = false;
};

/// Where a file lives: "core/nn/sub/file.h" is part "core", folder "nn".
struct Place {
    std::string part, folder;
};

const std::vector<std::string>& foldersOf(const std::string& part)
{
    static const std::map<std::string, std::vector<std::string>> orders{
        {"core", {"base", "kernels", "checkpoint", "model", "trace", "nn", "explain", "output"}},
        {"ui", {"picture", "figure", "session", "models", "views", "panels"}},
        {"app", {}}};
    static const std::vector<std::string> none;
    const auto found = orders.find(part);
    return found == orders.end() ? none : found->second;
}

/// Lowest first.
const std::vector<std::string> parts{"core", "ui", "app"};

std::ptrdiff_t indexIn(const std::vector<std::string>& list, const std::string& name)
{
    const auto found = std::ranges::find(list, name);
    return found == list.end() ? -1 : found - list.begin();
}

Place placeOf(const std::string& path)
{
    const std::size_t first = path.find('/');
    if (first == std::string::npos)
        return {};
    const std::size_t second = path.find('/', first + 1);
    return {path.substr(0, first), second == std::string::npos ? "" : path.substr(first + 1, second - first - 1)};
}

/// Comments vanish, so that neither words nor includes in them count; lines keep their numbers.
std::string withoutComments(const std::string& text)
{
    std::string result;
    for (std::size_t i = 0; i < text.size();) {
        if (text.compare(i, 2, "//") == 0) {
            i = std::min(text.find('\n', i), text.size());
        } else if (text.compare(i, 2, "/*") == 0) {
            const std::size_t end = std::min(text.find("*/", i + 2), text.size() - 2) + 2;
            result.append(static_cast<std::size_t>(std::count(text.begin() + static_cast<std::ptrdiff_t>(i),
                                                              text.begin() + static_cast<std::ptrdiff_t>(end), '\n')),
                          '\n');
            i = end;
        } else if (text[i] == '"') {
            const std::size_t start = i++;
            while (i < text.size() && text[i] != '"' && text[i] != '\n')
                i += text[i] == '\\' ? 2 : 1;
            i = std::min(i + 1, text.size());
            result += text.substr(start, i - start);
        } else {
            result += text[i++];
        }
    }
    return result;
}

std::string_view withoutSpaces(std::string_view text)
{
    return text.substr(std::min(text.find_first_not_of(" \t"), text.size()));
}

/// Takes `word` and the spaces before it off the front of `text`.
bool take(std::string_view& text, std::string_view word)
{
    text = withoutSpaces(text);
    if (!text.starts_with(word))
        return false;
    text.remove_prefix(word.size());
    return true;
}

std::vector<Include> includesOf(const std::string& text)
{
    std::vector<Include> includes;
    std::istringstream lines(withoutComments(text));
    std::string line;
    for (int number = 1; std::getline(lines, line); ++number) {
        std::string_view rest = line;
        if (!take(rest, "#") || !take(rest, "include"))
            continue;
        rest = withoutSpaces(rest);
        if (rest.empty() || (rest.front() != '<' && rest.front() != '"'))
            continue;
        const bool quoted = rest.front() == '"';
        const std::size_t end = rest.find(quoted ? '"' : '>', 1);
        if (end != std::string_view::npos)
            includes.push_back({number, std::string(rest.substr(1, end - 1)), quoted});
    }
    return includes;
}

bool isTorch(const std::string& target)
{
    return std::ranges::any_of(std::vector<std::string>{"torch/", "ATen/", "c10/", "caffe2/"},
                               [&](const std::string& folder) { return target.starts_with(folder); });
}

bool isQt(const std::string& target)
{
    // QString, QtCore/QString; qglobal.h; private/qwidget_p.h
    return target.starts_with('Q') || target.starts_with("private/q")
           || (target.starts_with('q') && target.ends_with(".h") && target.find('/') == std::string::npos);
}

/// What is wrong with one include of our own; empty when nothing is.
std::string orderBreach(const Place& from, const Place& to)
{
    if (indexIn(parts, to.part) < 0)
        return "is neither of core, ui nor app";
    if (indexIn(parts, to.part) > indexIn(parts, from.part))
        return from.part + " must not know " + to.part;
    if (from.part == "core" && from.folder != "nn" && to.folder == "nn")
        return "core/" + from.folder + " must not know the networks";
    if (from.part == "ui" && to.part == "core" && to.folder == "nn")
        return "ui must not know the networks";
    const std::vector<std::string>& order = foldersOf(to.part);
    if (from.part == to.part && indexIn(order, to.folder) > indexIn(order, from.folder))
        return from.part + "/" + from.folder + " stands below " + to.part + "/" + to.folder;
    return {};
}

std::string breachOf(const Place& from, const Include& include)
{
    const bool inNetworks = from.part == "core" && from.folder == "nn";
    if (isTorch(include.target))
        return inNetworks ? "" : "LibTorch belongs to core/nn alone";
    if (isQt(include.target))
        return from.part == "core" ? "Qt does not belong to core" : "";
    const Place to = placeOf(include.target);
    if (include.quoted || indexIn(parts, to.part) >= 0)
        return orderBreach(from, to);
    return {};
}

/// The headers of core/nn that others include, and those of core/nn that these include.
std::set<std::string> publicNetworkHeaders(const Sources& sources)
{
    const auto inNetworks = [](const std::string& path) { return path.starts_with("core/nn/"); };
    std::set<std::string> found;
    std::vector<std::string> open;
    const auto add = [&](const std::string& text) {
        for (const Include& include : includesOf(text))
            if (inNetworks(include.target) && found.insert(include.target).second)
                open.push_back(include.target);
    };
    for (const auto& [path, text] : sources)
        if (!inNetworks(path))
            add(text);
    while (!open.empty()) {
        const auto header = sources.find(open.back());
        open.pop_back();
        if (header != sources.end())
            add(header->second);
    }
    return found;
}

/// Whether `text` holds "word::" or "word {" with nothing before the word that would make it another.
bool namesSpace(const std::string& text, const std::string& word)
{
    for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
        if (at > 0 && (std::isalnum(static_cast<unsigned char>(text[at - 1])) || text[at - 1] == '_'))
            continue;
        const std::string_view rest = withoutSpaces(std::string_view(text).substr(at + word.size()));
        if (rest.starts_with("::") || rest.starts_with('{'))
            return true;
    }
    return false;
}

bool namesTorch(const std::string& text)
{
    const std::string code = withoutComments(text);
    return std::ranges::any_of(std::vector<std::string>{"torch", "at", "c10", "caffe2"},
                               [&](const std::string& word) { return namesSpace(code, word); })
           || std::ranges::any_of(includesOf(text), [](const Include& include) { return isTorch(include.target); });
}

}  // namespace

Sources readSources(const std::filesystem::path& root)
{
    namespace fs = std::filesystem;
    static const std::vector<std::string> suffixes{".h", ".hpp", ".cpp", ".cc", ".cxx", ".cu", ".cuh", ".inl"};
    Sources sources;
    for (const std::string& part : parts) {
        if (!fs::is_directory(root / part))
            continue;
        for (const auto& entry : fs::recursive_directory_iterator(root / part))
            if (entry.is_regular_file() && indexIn(suffixes, entry.path().extension().string()) >= 0) {
                std::ifstream file(entry.path(), std::ios::binary);
                sources[fs::relative(entry.path(), root).generic_string()] = {std::istreambuf_iterator<char>(file), {}};
            }
    }
    return sources;
}

std::vector<std::string> violations(const Sources& sources)
{
    std::vector<std::string> result;
    for (const auto& [path, text] : sources) {
        const Place from = placeOf(path);
        if (!foldersOf(from.part).empty() && indexIn(foldersOf(from.part), from.folder) < 0)
            result.push_back(path + ":1: the folder has no place in the order of " + from.part);
        for (const Include& include : includesOf(text))
            if (const std::string breach = breachOf(from, include); !breach.empty())
                result.push_back(path + ":" + std::to_string(include.line) + ": " + include.target + ": " + breach);
    }
    for (const std::string& header : publicNetworkHeaders(sources))
        if (const auto found = sources.find(header); found != sources.end() && namesTorch(found->second))
            result.push_back(header + ":1: others include it, so it must name nothing of LibTorch");
    return result;
}

}  // namespace vitrine::test
