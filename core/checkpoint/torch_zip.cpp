// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cctype>

#include "core/checkpoint/readers.h"
#include "core/checkpoint/report.h"
#include "core/checkpoint/torch_objects.h"

namespace vitrine {
namespace {

/// Everything lies in one folder, named like the file or "archive".
std::string rootOf(const ZipArchive& archive)
{
    if (archive.entries().empty())
        return {};
    const std::string& first = archive.entries().front().name;
    const std::size_t slash = first.find('/');
    return slash == std::string::npos ? std::string() : first.substr(0, slash + 1);
}

bool equalsIgnoringCase(std::string_view a, std::string_view b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

void checkMembers(const ZipArchive& archive, const std::string& root)
{
    const std::filesystem::path& file = archive.file()->path();
    for (const ZipEntry& entry : archive.entries()) {
        const std::string_view name = entry.name;
        if (!name.starts_with(root))
            fail(file, "is refused: its entry " + inQuotes(name) + " lies outside the folder " + inQuotes(root) + '.');
        const std::string_view inside = name.substr(root.size());
        if (inside != "data.pkl" && equalsIgnoringCase(inside, "data.pkl"))
            fail(file, "is refused: its entries " + inQuotes(name) + " and data.pkl differ in case only.");
    }
}

bool holdsProgram(const ZipArchive& archive, const std::string& root)
{
    return std::ranges::any_of(archive.entries(),
                               [&](const ZipEntry& entry) { return entry.name.starts_with(root + "code/"); });
}

bool isBigEndian(const ZipArchive& archive, const std::string& root)
{
    const ZipEntry* entry = archive.find(root + "byteorder");
    if (entry == nullptr)
        return false;
    const std::vector<std::uint8_t> start = archive.start(*entry, 16);
    const std::string order(start.begin(), start.end());
    if (order != "little" && order != "big")
        fail(archive.file()->path(), "is damaged: its byte order is " + inQuotes(order) + ", not little or big.");
    return order == "big";
}

/// One for each storage of the builder; several may share a record.
std::vector<std::shared_ptr<const Storage>> findRecords(const ZipArchive& archive, const std::string& root,
                                                        const TorchBuilder& builder)
{
    const std::filesystem::path& file = archive.file()->path();
    std::unordered_map<std::string, std::shared_ptr<const Storage>> records;
    std::vector<std::shared_ptr<const Storage>> result;
    for (const TorchStorage& storage : builder.storages()) {
        std::shared_ptr<const Storage>& record = records[storage.key];
        if (!record) {
            const ZipEntry* entry = archive.find(root + "data/" + storage.key);
            if (entry == nullptr)
                fail(file, "is damaged: the data " + inQuotes("data/" + storage.key) + " of a tensor are missing.");
            record = archive.storage(*entry);
        }
        std::int64_t size = 0;
        if (__builtin_mul_overflow(storage.count, storage.elementBytes(), &size)
            || static_cast<std::uint64_t>(size) != record->size())
            fail(file, "is damaged: the data " + inQuotes("data/" + storage.key) + " have " + byteCount(record->size())
                           + ", but should have " + std::to_string(storage.count) + " elements.");
        result.push_back(record);
    }
    return result;
}

}  // namespace

bool isTorchZip(const ZipArchive& archive)
{
    const std::string root = rootOf(archive);
    return !root.empty() && archive.find(root + "data.pkl") != nullptr;
}

std::shared_ptr<Checkpoint::Source> readTorchZip(const ZipArchive& archive, const Progress& progress,
                                                 const std::stop_token& stop)
{
    const std::filesystem::path& file = archive.file()->path();
    const std::string root = rootOf(archive);
    checkMembers(archive, root);
    const bool bigEndian = isBigEndian(archive, root);
    const std::string note = archive.verify(progress, stop);

    const Bytes pickle = archive.storage(*archive.find(root + "data.pkl"))->bytes();
    PickleGraph graph;
    TorchBuilder builder(file);
    ByteReader reader(pickle.span);
    const PickleRef object = Unpickler(file, graph, builder, stop).run(reader);

    auto source = std::make_shared<Checkpoint::Source>(Container::TorchZip, file);
    source->addFileSize(archive.file()->bytes().size());
    builder.addTensors(graph, object, findRecords(archive, root, builder), bigEndian, *source);
    if (!note.empty())
        source->addNote(note);
    if (holdsProgram(archive, root))
        source->addNote("The file is a TorchScript program; its weights were read, and the program was not run.");
    return source;
}

}  // namespace vitrine
