// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/output/temporaries.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstring>
#include <random>
#include <string>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace vitrine {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view prefix = ".vitrine-", suffix = ".part";
constexpr std::size_t digits = 16;

/// What a signal handler may read at any moment: memory that is never given back.
struct Slot {
    std::atomic<bool> taken, filled;
    std::array<char, PATH_MAX> path;
};
constinit std::array<Slot, 8> slots{};

/// More files at once than slots are not registered: the next write into their folder removes them.
int takeSlot(const fs::path& path)
{
    for (std::size_t i = 0; i < slots.size(); ++i) {
        if (path.native().size() >= PATH_MAX || slots[i].taken.exchange(true))
            continue;
        std::strcpy(slots[i].path.data(), path.c_str());
        slots[i].filled = true;
        return static_cast<int>(i);
    }
    return -1;
}

void freeSlot(int slot)
{
    if (slot < 0)
        return;
    slots[static_cast<std::size_t>(slot)].filled = false;
    slots[static_cast<std::size_t>(slot)].taken = false;
}

std::string randomName()
{
    std::random_device random;
    std::array<char, digits + 1> hex;
    std::snprintf(hex.data(), hex.size(), "%08x%08x", random(), random());
    return std::string(prefix) + hex.data() + std::string(suffix);
}

bool isTemporaryName(std::string_view name)
{
    if (name.size() != prefix.size() + digits + suffix.size() || !name.starts_with(prefix) || !name.ends_with(suffix))
        return false;
    return name.substr(prefix.size(), digits).find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// Whoever writes a temporary file holds a lock on it, which ends with the process; unlike a process number it is never
/// another's, and it holds between containers and machines that share a folder.
void removeIfUnlocked(const fs::path& path)
{
    const int file = ::open(path.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (file < 0)
        return;
    struct stat status {};
    if (::fstat(file, &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == ::geteuid()
        && ::flock(file, LOCK_EX | LOCK_NB) == 0)
        ::unlink(path.c_str());
    ::close(file);
}

}  // namespace

void removeTemporaries() noexcept
{
    for (const Slot& slot : slots)
        if (slot.filled)
            ::unlink(slot.path.data());
}

void removeStaleTemporaries(const fs::path& folder)
{
    std::error_code error;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
        if (isTemporaryName(at->path().filename().native()))
            removeIfUnlocked(at->path());
}

Temporary::Temporary(const fs::path& folder)
{
    for (int attempt = 0; attempt < 100; ++attempt) {
        m_path = folder / randomName();
        m_slot = takeSlot(m_path);
        if (create())
            return;
        const int reason = errno;
        freeSlot(m_slot);
        if (reason != EEXIST)
            throw std::system_error(reason, std::generic_category());
    }
    throw std::system_error(EEXIST, std::generic_category());
}

/// Says in errno why not; EEXIST: another name may do.
bool Temporary::create()
{
    m_file = ::open(m_path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);
    if (m_file < 0)
        return false;
    struct stat status {};
    const bool locked = ::flock(m_file, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
    // Before the lock another process may have taken the file for one that was left behind.
    if (locked && ::fstat(m_file, &status) == 0 && status.st_nlink > 0)
        return true;
    ::unlink(m_path.c_str());
    ::close(m_file);
    m_file = -1;
    errno = EEXIST;
    return false;
}

Temporary::~Temporary()
{
    ::unlink(m_path.c_str());
    ::close(m_file);
    freeSlot(m_slot);
}

void Temporary::flushToDisk() const
{
    if (::fdatasync(m_file) != 0 && errno != EINVAL && errno != ENOTSUP)
        throw std::system_error(errno, std::generic_category());
}

}  // namespace vitrine
