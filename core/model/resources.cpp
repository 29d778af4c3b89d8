// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/resources.h"

#include <algorithm>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "core/model/model.h"

namespace fs = std::filesystem;

namespace vitrine {

namespace {

fs::path& folderStorage()
{
    static fs::path folder;
    return folder;
}

constexpr const char* DefaultModel = "vit";

}  // namespace

const fs::path& resourceFolder()
{
    return folderStorage();
}

void setResourceFolder(fs::path folder)
{
    folderStorage() = std::move(folder);
}

std::vector<std::string> bundledModels(const fs::path& resources)
{
    std::vector<std::string> names;
    std::error_code failed;
    for (const fs::directory_entry& entry : fs::directory_iterator(resources / "models", failed)) {
        if (entry.is_directory(failed))
            names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    std::stable_partition(names.begin(), names.end(), [](const std::string& name) { return name == DefaultModel; });
    return names;
}

fs::path resolveModel(const std::string& nameOrPath, const fs::path& resources)
{
    const std::vector<std::string> bundled = bundledModels(resources);
    if (std::find(bundled.begin(), bundled.end(), nameOrPath) != bundled.end())
        return resources / "models" / nameOrPath;
    std::error_code failed;
    if (!nameOrPath.empty() && fs::exists(nameOrPath, failed))
        return nameOrPath;
    std::string known;
    for (const std::string& name : bundled)
        known += (known.empty() ? "" : ", ") + name;
    throw Error("\"" + nameOrPath + "\" is neither a file, nor a folder, nor a bundled model"
                + (known.empty() ? std::string(": give the path of a checkpoint.") : " (there are: " + known + ")."));
}

}  // namespace vitrine
