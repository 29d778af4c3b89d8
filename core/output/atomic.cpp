// SPDX-License-Identifier: GPL-3.0-or-later
#include <system_error>

#include <unistd.h>

#include "core/base/error.h"
#include "core/output/arrays.h"
#include "core/output/temporaries.h"

namespace vitrine {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void failed(const fs::path& path, const std::string& why)
{
    throw Error("Cannot write " + path.string() + ": " + why + ".");
}

/// Behind a symbolic link what it names, there or not, so that the link itself stays.
fs::path behindLinks(const fs::path& path)
{
    constexpr int mostLinks = 40;  // as the kernel
    fs::path target = path;
    std::error_code error;
    for (int links = 0; fs::is_symlink(fs::symlink_status(target, error)); ++links) {
        if (links == mostLinks)
            failed(path, "the links there lead in a circle");
        const fs::path next = fs::read_symlink(target, error);
        if (error)
            failed(path, error.message());
        target = target.parent_path() / next;
    }
    return target;
}

/// Where the bytes shall lie in the end.
fs::path finalPath(const fs::path& path)
{
    if (path.empty())
        throw Error("Cannot write a file without a name.");
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (fs::is_directory(status) && !path.filename().empty())
        failed(path, "there is a folder of that name");
    if (fs::exists(status) && !fs::is_regular_file(status) && !fs::is_directory(status))
        failed(path, "it is a device or a pipe; name an ordinary file");
    if (fs::exists(status) && ::access(path.c_str(), W_OK) != 0)
        failed(path, "the file there is write-protected; choose another name");
    fs::path target = behindLinks(path);
    if (target.filename().empty())
        failed(path, "this names a folder, not a file");
    return target;
}

}  // namespace

void refuseInput(const fs::path& path, const std::vector<fs::path>& inputs)
{
    for (const fs::path& input : inputs) {
        std::error_code error;
        if (fs::equivalent(path, input, error) && !error)
            failed(path, "it is " + input.string() + ", which is read here and would be lost; choose another name");
    }
}

void writeAtomically(const fs::path& path, const std::function<void(const fs::path& temporary)>& write)
{
    const fs::path target = finalPath(path);
    const fs::path folder = target.has_parent_path() ? target.parent_path() : fs::path(".");
    std::error_code error;
    if (!fs::is_directory(folder, error))
        failed(path, "the folder " + folder.string() + " does not exist");
    removeStaleTemporaries(folder);
    try {
        const Temporary temporary(folder);
        write(temporary.path());
        temporary.flushToDisk();
        if (const fs::file_status old = fs::status(target, error); fs::exists(old))
            fs::permissions(temporary.path(), old.permissions(), error);
        fs::rename(temporary.path(), target);
    } catch (const std::system_error& reason) {
        failed(path, reason.code().message());
    }
}

}  // namespace vitrine
