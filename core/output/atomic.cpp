// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/output/arrays.h"

#include <cerrno>
#include <cstring>
#include <random>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include "core/base/error.h"

namespace vitrine {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void failed(const fs::path& path, const std::string& why)
{
    throw Error("Cannot write " + path.string() + ": " + why + ".");
}

/// Where the bytes shall lie in the end: behind a symbolic link its target, so that the link itself stays.
fs::path finalPath(const fs::path& path)
{
    if (path.filename().empty())
        failed(path, "this names a folder, not a file");
    std::error_code error;
    const fs::path target = fs::is_symlink(path, error) ? fs::weakly_canonical(path, error) : path;
    const fs::file_status status = fs::status(target, error);
    if (fs::is_directory(status))
        failed(path, "there is a folder of that name");
    if (fs::exists(status) && !fs::is_regular_file(status))
        failed(path, "it is a device or a pipe; name an ordinary file");
    if (fs::exists(status) && ::access(target.c_str(), W_OK) != 0)
        failed(path, "the file there is write-protected; choose another name");
    const fs::path folder = target.has_parent_path() ? target.parent_path() : fs::path(".");
    if (!fs::is_directory(folder, error))
        failed(path, "the folder " + folder.string() + " does not exist");
    return target;
}

/// Creates an empty file beside `target`; keeps the suffix, by which libraries choose a format.
fs::path createTemporary(const fs::path& path, const fs::path& target)
{
    std::random_device random;
    for (int attempt = 0; attempt < 100; ++attempt) {
        fs::path temporary = target;
        temporary.replace_filename("." + target.stem().string().substr(0, 100) + "-" + std::to_string(random())
                                   + target.extension().string());
        const int file = ::open(temporary.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);
        if (file >= 0) {
            ::close(file);
            return temporary;
        }
        if (errno != EEXIST)
            failed(path, std::strerror(errno));
    }
    failed(path, "no temporary file could be made beside it");
}

/// A disk may report that it is full only when the bytes reach it.
void flushToDisk(const fs::path& path, const fs::path& temporary)
{
    const int file = ::open(temporary.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0)
        failed(path, std::strerror(errno));
    const int result = ::fdatasync(file);
    const int reason = errno;
    ::close(file);
    if (result != 0 && reason != EINVAL && reason != ENOTSUP)
        failed(path, std::strerror(reason));
}

} // namespace

void writeAtomically(const fs::path& path, const std::function<void(const fs::path& temporary)>& write)
{
    const fs::path target = finalPath(path);
    const fs::path temporary = createTemporary(path, target);
    std::error_code error;
    try {
        write(temporary);
        flushToDisk(path, temporary);
        if (const fs::file_status old = fs::status(target, error); fs::exists(old))
            fs::permissions(temporary, old.permissions(), error);
        fs::rename(temporary, target, error);
        if (error)
            failed(path, error.message());
    } catch (...) {
        fs::remove(temporary, error);
        throw;
    }
}

} // namespace vitrine
