// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/zip_directory.h"

#include <algorithm>

#include "core/checkpoint/byte_reader.h"
#include "core/checkpoint/report.h"
#include "core/checkpoint/utf8.h"

namespace vitrine {
namespace {

constexpr std::uint32_t localSignature = 0x04034b50;
constexpr std::uint32_t centralSignature = 0x02014b50;
constexpr std::string_view endSignature = "PK\5\6";
constexpr std::uint32_t end64Signature = 0x06064b50;
constexpr std::uint32_t locator64Signature = 0x07064b50;
constexpr std::size_t endSize = 22;
constexpr std::size_t locator64Size = 20;
constexpr std::size_t longestComment = 0xffff;
constexpr std::uint32_t absent32 = 0xffffffff;
constexpr std::uint16_t absent16 = 0xffff;
constexpr std::uint16_t zip64Field = 1;
constexpr std::uint16_t flagEncrypted = 0x1;
constexpr std::uint16_t flagDescriptor = 0x8;
constexpr std::uint16_t flagStrongEncryption = 0x40;
/// Encryption aside: how deflate was tuned (2, 4), a descriptor (8), names in UTF-8 (0x800).
constexpr std::uint16_t harmlessFlags = 0x2 | 0x4 | flagDescriptor | 0x800;

/// Where the central directory lies.
struct Directory {
    std::uint64_t entries = 0;
    std::uint64_t size = 0;
    std::uint64_t offset = 0;
};

/// A central header, not yet compared with its local header.
struct CentralHeader {
    ZipEntry entry;
    std::uint16_t flags = 0;
    std::uint16_t method = 0;
    std::uint64_t packedSize = 0;
    std::uint64_t localOffset = 0;
    std::uint64_t end = 0;  ///< of its data
};

[[noreturn]] void failDamaged(const MappedFile& file, const std::string& what)
{
    fail(file.path(), "is a damaged or cut off zip archive: " + what + "; copy or download it again.");
}

std::size_t endPosition(const MappedFile& file)
{
    const std::string_view text = file.text();
    const std::size_t position = text.rfind(endSignature);
    if (position == std::string_view::npos || text.size() - position < endSize
        || text.size() - position > endSize + longestComment)
        failDamaged(file, "it has no directory at its end");
    ByteReader reader(file.bytes(), position + endSize - 2);
    if (reader.number<std::uint16_t>() != reader.remaining())
        failDamaged(file, "its end record does not end the file");
    return position;
}

/// Replaces what the short end record leaves open; a value that both have must be the same.
void readEnd64(const MappedFile& file, std::size_t locator, Directory& directory, std::uint64_t& directoryEnd)
{
    ByteReader reader(file.bytes(), locator);
    reader.number<std::uint32_t>();
    const auto disk = reader.number<std::uint32_t>();
    const auto position = reader.number<std::uint64_t>();
    const auto disks = reader.number<std::uint32_t>();
    ByteReader record(file.bytes(), position < locator ? position : locator);
    const auto signature = record.number<std::uint32_t>();
    const auto size = record.number<std::uint64_t>();
    record.take(4);
    const auto thisDisk = record.number<std::uint32_t>();
    const auto firstDisk = record.number<std::uint32_t>();
    const auto entriesHere = record.number<std::uint64_t>();
    const Directory wide{record.number<std::uint64_t>(), record.number<std::uint64_t>(), record.number<std::uint64_t>()};
    if (!record.ok() || signature != end64Signature || position + 12 + size != locator || disk != 0 || disks > 1
        || thisDisk != 0 || firstDisk != 0 || entriesHere != wide.entries)
        failDamaged(file, "its ZIP64 end record is wrong");
    if ((directory.entries != absent16 && directory.entries != wide.entries)
        || (directory.size != absent32 && directory.size != wide.size)
        || (directory.offset != absent32 && directory.offset != wide.offset))
        failDamaged(file, "its two end records differ");
    directory = wide;
    directoryEnd = position;
}

Directory readEnd(const MappedFile& file)
{
    const std::size_t position = endPosition(file);
    ByteReader reader(file.bytes(), position + 4);
    const auto disk = reader.number<std::uint16_t>();
    const auto firstDisk = reader.number<std::uint16_t>();
    const auto entriesHere = reader.number<std::uint16_t>();
    Directory directory;
    directory.entries = reader.number<std::uint16_t>();
    directory.size = reader.number<std::uint32_t>();
    directory.offset = reader.number<std::uint32_t>();
    if (disk != 0 || firstDisk != 0 || entriesHere != directory.entries)
        failDamaged(file, "it is one part of several");

    std::uint64_t end = position;
    if (position >= locator64Size) {
        ByteReader locator(file.bytes(), position - locator64Size);
        if (locator.number<std::uint32_t>() == locator64Signature)
            readEnd64(file, position - locator64Size, directory, end);
    }
    if (directory.offset > end || directory.size != end - directory.offset)
        failDamaged(file, "its directory is not where its end record says");
    return directory;
}

/// Fills the numbers that the header gives as "see the ZIP64 field", in the order the format prescribes.
bool applyZip64(ByteSpan extra, CentralHeader& header)
{
    const bool wantSize = header.entry.size == absent32;
    const bool wantPacked = header.packedSize == absent32;
    const bool wantOffset = header.localOffset == absent32;
    ByteReader reader(extra);
    while (reader.remaining() >= 4) {
        const auto id = reader.number<std::uint16_t>();
        ByteReader field(reader.take(reader.number<std::uint16_t>()));
        if (id != zip64Field || !reader.ok())
            continue;
        if (wantSize)
            header.entry.size = field.number<std::uint64_t>();
        if (wantPacked)
            header.packedSize = field.number<std::uint64_t>();
        if (wantOffset)
            header.localOffset = field.number<std::uint64_t>();
        return field.ok();
    }
    return !wantSize && !wantPacked && !wantOffset;
}

void checkKind(const MappedFile& file, const CentralHeader& header)
{
    const std::string& name = header.entry.name;
    if ((header.flags & (flagEncrypted | flagStrongEncryption)) != 0)
        fail(file.path(), "is an encrypted zip archive; decrypt it first.");
    if ((header.flags & ~harmlessFlags) != 0)
        fail(file.path(), "is refused: its entry " + inQuotes(name) + " uses a zip feature that weight files do not need.");
    if (header.method != 0 && header.method != 8)
        fail(file.path(), "is refused: its entry " + inQuotes(name) + " uses compression method "
                              + std::to_string(header.method) + ", only stored and deflated entries can be read.");
    if (name.empty() || !isUtf8(name) || name.find('\0') != std::string::npos)
        failDamaged(file, "the name " + inQuotes(name) + " cannot be right");
    if (header.method == 0 && header.packedSize != header.entry.size)
        failDamaged(file, "the two sizes of " + inQuotes(name) + " differ");
}

CentralHeader readCentral(const MappedFile& file, ByteReader& reader)
{
    CentralHeader header;
    const auto signature = reader.number<std::uint32_t>();
    reader.take(4);
    header.flags = reader.number<std::uint16_t>();
    header.method = reader.number<std::uint16_t>();
    reader.take(4);
    header.entry.checksum = reader.number<std::uint32_t>();
    header.packedSize = reader.number<std::uint32_t>();
    header.entry.size = reader.number<std::uint32_t>();
    const auto nameLength = reader.number<std::uint16_t>();
    const auto extraLength = reader.number<std::uint16_t>();
    const auto commentLength = reader.number<std::uint16_t>();
    const auto disk = reader.number<std::uint16_t>();
    reader.take(6);
    header.localOffset = reader.number<std::uint32_t>();
    header.entry.name = reader.takeText(nameLength);
    const ByteSpan extra = reader.take(extraLength);
    reader.take(commentLength);
    header.entry.deflated = header.method == 8;
    if (!reader.ok() || signature != centralSignature || disk != 0 || !applyZip64(extra, header))
        failDamaged(file, "its directory cannot be read");
    checkKind(file, header);
    return header;
}

/// A local size may be left out (a descriptor follows) or be in the ZIP64 field, which the central one has already
/// told.
bool agrees(std::uint32_t local, std::uint64_t central, bool hasDescriptor)
{
    return local == central || local == absent32 || (hasDescriptor && local == 0);
}

void readLocal(const MappedFile& file, std::uint64_t directoryOffset, CentralHeader& header)
{
    const ByteSpan before = file.bytes().first(directoryOffset);
    ByteReader reader(before, std::min<std::uint64_t>(header.localOffset, before.size()));
    const auto signature = reader.number<std::uint32_t>();
    reader.take(2);
    const auto flags = reader.number<std::uint16_t>();
    const auto method = reader.number<std::uint16_t>();
    reader.take(8);
    const auto packedSize = reader.number<std::uint32_t>();
    const auto size = reader.number<std::uint32_t>();
    const auto nameLength = reader.number<std::uint16_t>();
    const auto extraLength = reader.number<std::uint16_t>();
    const std::string_view name = reader.takeText(nameLength);
    reader.take(extraLength);
    const bool hasDescriptor = (flags & flagDescriptor) != 0;
    if (!reader.ok() || signature != localSignature || name != header.entry.name || method != header.method
        || (flags & ~harmlessFlags) != 0 || !agrees(packedSize, header.packedSize, hasDescriptor)
        || !agrees(size, header.entry.size, hasDescriptor))
        failDamaged(file, "the entry " + inQuotes(header.entry.name) + " differs from what the directory says of it");
    header.entry.packed = reader.take(header.packedSize);
    if (!reader.ok())
        failDamaged(file, "the entry " + inQuotes(header.entry.name) + " reaches outside the archive");
    header.end = reader.position();
}

void checkOverlap(const MappedFile& file, const std::vector<CentralHeader>& headers)
{
    std::vector<const CentralHeader*> order;
    order.reserve(headers.size());
    for (const CentralHeader& header : headers)
        order.push_back(&header);
    std::sort(order.begin(), order.end(),
              [](const CentralHeader* a, const CentralHeader* b) { return a->localOffset < b->localOffset; });
    std::uint64_t end = 0;
    for (const CentralHeader* header : order) {
        if (header->localOffset < end)
            failDamaged(file, "the entry " + inQuotes(header->entry.name) + " overlaps another");
        end = header->end;
    }
    if (!order.empty() && order.front()->localOffset != 0)
        fail(file.path(), "is refused: its first entry is not in its directory.");
}

}  // namespace

std::vector<ZipEntry> readZipDirectory(const MappedFile& file)
{
    const Directory directory = readEnd(file);
    ByteReader reader(file.bytes().subspan(directory.offset, directory.size));
    std::vector<CentralHeader> headers;
    while (reader.remaining() > 0) {
        headers.push_back(readCentral(file, reader));
        readLocal(file, directory.offset, headers.back());
    }
    if (headers.size() != directory.entries)
        failDamaged(file, "it should have " + std::to_string(directory.entries) + " entries, but has "
                              + std::to_string(headers.size()));
    checkOverlap(file, headers);

    std::vector<ZipEntry> entries;
    for (CentralHeader& header : headers) {
        if (!header.entry.name.ends_with('/'))
            entries.push_back(std::move(header.entry));
    }
    return entries;
}

}  // namespace vitrine
