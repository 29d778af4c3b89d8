// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/zip_archive.h"

#include <algorithm>
#include <mutex>

#include "core/checkpoint/inflate.h"
#include "core/checkpoint/report.h"
#include "core/checkpoint/zip_directory.h"

namespace vitrine {
namespace {

/// Packed floats hardly shrink; constant ones shrink a thousandfold, but then they are few.
std::uint64_t mostUnpacked(std::uint64_t fileSize)
{
    return 16 * fileSize + (std::uint64_t{1} << 24U);
}

constexpr std::size_t checksumPiece = std::size_t{1} << 22U;

[[noreturn]] void failUnpacking(const MappedFile& file, const std::string& name)
{
    fail(file.path(), "is damaged: its entry " + inQuotes(name) + " does not unpack to the size it should have.");
}

/// Unpacked at the first use and then kept: many tensors may be views of it.
class DeflatedStorage final : public Storage {
public:
    DeflatedStorage(std::shared_ptr<const MappedFile> file, const ZipEntry& entry)
        : m_file(std::move(file))
        , m_name(entry.name)
        , m_packed(entry.packed)
        , m_size(entry.size)
    {
    }

    std::uint64_t size() const override { return m_size; }

    Bytes bytes() const override
    {
        const std::lock_guard lock(m_mutex);
        if (!m_unpacked) {
            auto unpacked = std::make_shared<std::vector<std::uint8_t>>(m_size);
            if (!inflateInto(m_packed, *unpacked).complete)
                failUnpacking(*m_file, m_name);
            m_unpacked = std::move(unpacked);
        }
        return {m_unpacked, *m_unpacked};
    }

private:
    std::shared_ptr<const MappedFile> m_file;
    std::string m_name;
    ByteSpan m_packed;
    std::uint64_t m_size;
    mutable std::mutex m_mutex;
    mutable std::shared_ptr<const std::vector<std::uint8_t>> m_unpacked;
};

std::uint32_t checksumOf(const MappedFile& file, const ZipEntry& entry, const std::stop_token& stop)
{
    std::uint32_t crc = 0;
    if (entry.deflated) {
        const Inflated inflated = inflatePieces(entry.packed, entry.size, [&](ByteSpan piece) {
            throwIfStopped(stop);
            crc = checksum(crc, piece);
        });
        if (!inflated.complete)
            failUnpacking(file, entry.name);
        return crc;
    }
    for (std::size_t done = 0; done < entry.packed.size(); done += checksumPiece) {
        throwIfStopped(stop);
        crc = checksum(crc, entry.packed.subspan(done, std::min(checksumPiece, entry.packed.size() - done)));
    }
    return crc;
}

}  // namespace

ZipArchive::ZipArchive(std::shared_ptr<const MappedFile> file)
    : m_file(std::move(file))
    , m_entries(readZipDirectory(*m_file))
{
    std::uint64_t unpacked = 0;
    for (std::size_t i = 0; i < m_entries.size(); ++i) {
        const ZipEntry& entry = m_entries[i];
        if (!m_index.emplace(entry.name, i).second)
            fail(m_file->path(), "is refused: the zip archive has the entry " + inQuotes(entry.name) + " twice.");
        if (entry.deflated && __builtin_add_overflow(unpacked, entry.size, &unpacked))
            unpacked = std::numeric_limits<std::uint64_t>::max();
        if (unpacked > mostUnpacked(m_file->bytes().size()))
            fail(m_file->path(), "is refused: the zip archive would unpack to far more than its own size.");
    }
}

const ZipEntry* ZipArchive::find(const std::string& name) const
{
    const auto position = m_index.find(name);
    return position == m_index.end() ? nullptr : &m_entries[position->second];
}

std::shared_ptr<const Storage> ZipArchive::storage(const ZipEntry& entry) const
{
    if (entry.deflated)
        return std::make_shared<DeflatedStorage>(m_file, entry);
    return std::make_shared<MappedStorage>(m_file, entry.packed);
}

std::vector<std::uint8_t> ZipArchive::start(const ZipEntry& entry, std::size_t count) const
{
    std::vector<std::uint8_t> result(std::min<std::uint64_t>(count, entry.size));
    if (entry.deflated)
        result.resize(inflateInto(entry.packed, result).size);
    else
        std::copy_n(entry.packed.begin(), result.size(), result.begin());
    return result;
}

std::string ZipArchive::verify(const Progress& progress, const std::stop_token& stop) const
{
    std::size_t wrong = 0;
    std::size_t absent = 0;
    std::string firstWrong;
    for (std::size_t i = 0; i < m_entries.size(); ++i) {
        if (progress)
            progress(static_cast<double>(i) / static_cast<double>(m_entries.size()), "checking the file");
        const ZipEntry& entry = m_entries[i];
        if (checksumOf(*m_file, entry, stop) == entry.checksum)
            continue;
        if (entry.checksum == 0) {
            ++absent;
            continue;
        }
        if (wrong++ == 0)
            firstWrong = entry.name;
    }
    if (wrong > 0)
        return "The checksum of " + inQuotes(firstWrong) + (wrong > 1 ? " and of others" : "")
               + " is wrong: the file may be damaged.";
    return absent > 0 ? "The file was written without checksums, so damage would not be noticed." : "";
}

}  // namespace vitrine
