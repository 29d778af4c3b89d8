// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/class_index.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>

#include "app/pictures.h"
#include "core/base/error.h"

namespace vitrine {

namespace {

namespace fs = std::filesystem;

std::string folded(std::string name)
{
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return c == '_' ? ' ' : std::tolower(c); });
    return name;
}

std::optional<int> classIn(const std::optional<FolderReading>& reading, const std::string& name)
{
    if (!reading)
        return std::nullopt;
    const auto found = reading->classes.find(name);
    return found == reading->classes.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace

ClassIndex::ClassIndex(const ModelSpec& spec, const fs::path& table)
    : m_classes(spec.classes)
{
    for (std::size_t i = 0; i < spec.labels.size(); ++i)
        if (!spec.labels[i].empty())
            add(spec.labels[i], static_cast<int>(i));
    if (spec.classes != 1000)
        return;
    std::ifstream file(table);
    std::string line;
    std::getline(file, line);
    while (std::getline(file, line)) {
        std::istringstream row(line);
        int index = 0;
        std::string id;
        if (row >> index >> id && index >= 0 && index < m_classes)
            add(id, index);
    }
}

void ClassIndex::add(const std::string& name, int index)
{
    // Two classes of ImageNet have one name (crane, maillot): such a name says nothing.
    const auto [entry, isNew] = m_index.try_emplace(folded(name), index);
    if (!isNew && entry->second != index)
        entry->second = -1;
}

bool ClassIndex::isName(const std::string& name) const
{
    return m_index.contains(folded(name));
}

std::optional<int> ClassIndex::find(const std::string& name) const
{
    if (const auto entry = m_index.find(folded(name)); entry != m_index.end() && entry->second >= 0)
        return entry->second;
    int index = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), index);
    if (error == std::errc() && end == name.data() + name.size() && index >= 0 && index < m_classes)
        return index;
    return std::nullopt;
}

std::optional<int> ClassIndex::findStem(const std::string& stem) const
{
    for (std::string part = stem;;) {
        if (const auto index = find(part))
            return index;
        const std::size_t cut = part.find_last_of("_-. ");
        if (cut == std::string::npos)
            return std::nullopt;
        part.resize(cut);
    }
}

std::vector<LabelledPicture> labelledPictures(const fs::path& folder, const ClassIndex& classes, const FolderReadings& readings)
{
    std::error_code error;
    if (!fs::is_directory(folder, error))
        throw Error(folder.string() + " is not a folder; name one that holds class folders, or pictures named by class.");
    std::vector<LabelledPicture> pictures;
    for (fs::recursive_directory_iterator at(folder, fs::directory_options::skip_permission_denied, error), end; at != end;
         at.increment(error)) {
        if (error)
            throw Error("The folder " + folder.string() + " cannot be read: " + error.message() + ".");
        if (!at->is_regular_file(error) || !isPicture(at->path()))
            continue;
        const fs::path inside = at->path().lexically_relative(folder);
        const std::string name = inside.begin()->string();
        if (!inside.has_parent_path())
            pictures.push_back({at->path(), classes.findStem(inside.stem().string()), {}});
        else
            pictures.push_back({at->path(), readings.taken ? classIn(readings.taken, name) : classes.find(name),
                                classIn(readings.other, name)});
    }
    if (pictures.empty())
        throw Error("There is no picture in " + folder.string()
                    + "; name a folder that holds class folders, or pictures named by class.");
    std::ranges::sort(pictures, {}, &LabelledPicture::path);
    return pictures;
}

}  // namespace vitrine
