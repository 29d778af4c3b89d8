// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pictures.h"

#include <algorithm>
#include <set>

#include "core/base/error.h"
#include "ui/picture/decode.h"

namespace vitrine {

namespace fs = std::filesystem;

bool isPicture(const fs::path& path)
{
    static const std::set<std::string> suffixes = [] {
        std::set<std::string> all;
        for (const QString& filter : imageNameFilters())
            all.insert(filter.mid(1).toStdString());
        return all;
    }();
    std::string suffix = path.extension().string();
    std::ranges::transform(suffix, suffix.begin(), [](unsigned char c) { return std::tolower(c); });
    return suffixes.contains(suffix);
}

std::vector<std::string> picturesOf(const std::string& fileOrFolder)
{
    std::error_code error;
    if (!fs::is_directory(fileOrFolder, error))
        return {fileOrFolder};
    std::vector<std::string> pictures;
    for (fs::recursive_directory_iterator at(fileOrFolder, fs::directory_options::skip_permission_denied, error), end;
         at != end; at.increment(error)) {
        if (error)
            throw Error("The folder " + fileOrFolder + " cannot be read: " + error.message() + ".");
        if (at->is_regular_file(error) && isPicture(at->path()))
            pictures.push_back(at->path().string());
    }
    if (pictures.empty())
        throw Error("There is no picture in " + fileOrFolder + "; name a picture, or a folder that holds some.");
    std::ranges::sort(pictures);
    return pictures;
}

}  // namespace vitrine
