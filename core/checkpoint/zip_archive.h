// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "core/base/progress.h"
#include "core/checkpoint/source.h"

namespace vitrine {

/// One stored or deflated file of an archive; folders are left out.
struct ZipEntry {
    std::string name;
    std::uint64_t size = 0;  ///< unpacked
    std::uint32_t checksum = 0;
    bool deflated = false;
    ByteSpan packed;
};

/// A zip archive that lies in a mapped file. Read by the central directory alone, and every local header must agree
/// with it: an archive that two readers could understand differently is refused. A reader of its own, because stored
/// entries have to be found in the mapping, and PyTorch writes archives without checksums on request.
class ZipArchive {
public:
    /// Throws Error when the archive is damaged, encrypted, ambiguous, or would unpack to far more than its size.
    explicit ZipArchive(std::shared_ptr<const MappedFile> file);

    const std::shared_ptr<const MappedFile>& file() const { return m_file; }
    /// In the order of the central directory.
    const std::vector<ZipEntry>& entries() const { return m_entries; }
    const ZipEntry* find(const std::string& name) const;

    std::shared_ptr<const Storage> storage(const ZipEntry& entry) const;
    /// The first bytes of an entry, at most `count`.
    std::vector<std::uint8_t> start(const ZipEntry& entry, std::size_t count) const;
    /// Reads everything once. Throws Error when an entry does not unpack to its size; a sentence about checksums that
    /// are absent or wrong, or nothing.
    std::string verify(const Progress& progress, const std::stop_token& stop) const;

private:
    std::shared_ptr<const MappedFile> m_file;
    std::vector<ZipEntry> m_entries;
    std::unordered_map<std::string, std::size_t> m_index;
};

}  // namespace vitrine
