// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>

namespace vitrine {

using ByteSpan = std::span<const std::uint8_t>;

/// A regular file mapped into memory, read-only, for as long as the object lives. Safe to read from several threads.
/// It may be deleted or replaced meanwhile, but not shortened in place: reading then ends the program.
class MappedFile {
public:
    /// Throws Error when the file is missing, may not be read, or is no regular file (never waits on a pipe).
    static std::shared_ptr<const MappedFile> open(const std::filesystem::path& path);

    ~MappedFile();
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;

    /// Keeps the file; when the last copy goes, the pages that lie in `part` leave this process's memory. Reading them
    /// again is safe and brings them back.
    static std::shared_ptr<const void> holdPages(std::shared_ptr<const MappedFile> file, ByteSpan part);

    const std::filesystem::path& path() const { return m_path; }
    ByteSpan bytes() const { return m_bytes; }
    std::string_view text() const { return {reinterpret_cast<const char*>(m_bytes.data()), m_bytes.size()}; }

private:
    MappedFile(std::filesystem::path path, ByteSpan bytes);

    std::filesystem::path m_path;
    ByteSpan m_bytes;
};

}  // namespace vitrine
