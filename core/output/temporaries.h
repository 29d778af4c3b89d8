// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>

namespace vitrine {

/// Removes the files that writeAtomically() has under way. For a signal handler that then ends the process: it calls
/// nothing but unlink().
void removeTemporaries() noexcept;

/// An empty file under a name of its own in one folder, locked while this lives and removed unless it was renamed.
class Temporary {
public:
    /// Throws std::system_error when no file can be made there.
    explicit Temporary(const std::filesystem::path& folder);
    ~Temporary();
    Temporary(const Temporary&) = delete;
    Temporary& operator=(const Temporary&) = delete;

    const std::filesystem::path& path() const { return m_path; }
    /// Throws std::system_error; a disk may report that it is full only here.
    void flushToDisk() const;

private:
    bool create();

    std::filesystem::path m_path;
    int m_file = -1;
    int m_slot = -1;
};

/// Removes what a killed process left in `folder`: files named as a Temporary's, of this user, that nobody has locked.
void removeStaleTemporaries(const std::filesystem::path& folder);

}  // namespace vitrine
