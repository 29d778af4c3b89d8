// SPDX-License-Identifier: GPL-3.0-or-later
#include <optional>
#include <unordered_map>

#include "core/checkpoint/readers.h"
#include "core/checkpoint/report.h"
#include "core/checkpoint/torch_objects.h"

namespace vitrine {
namespace {

/// 0x1950a86a20f9469cfc6c, little-endian.
constexpr std::string_view legacyMagic = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
constexpr std::int64_t protocolVersion = 1001;

/// Values only: nothing is built, and nothing persistent is known.
class PlainBuilder final : public PickleBuilder {
public:
    PickleRef load(PickleGraph& graph, PickleRef) override { return graph.opaque("a persistent object"); }
    PickleRef build(PickleGraph& graph, PickleRef, PickleRef) override { return graph.opaque("an object"); }
};

/// The pickles that a legacy file begins with, one after the other.
class LegacyFile {
public:
    LegacyFile(const std::shared_ptr<const MappedFile>& file, std::stop_token stop)
        : m_file(file)
        , m_stop(std::move(stop))
        , m_reader(file->bytes())
    {
    }

    void checkStart()
    {
        const PickleRef first = plain();
        if (!m_graph.is(first, PickleKind::LongInt) || m_graph.textOf(first) != legacyMagic)
            fail(m_file->path(), "is a Python pickle that torch.save did not write; load it in Python and save the "
                                 "weights with torch.save(model.state_dict(), ...).");
        const PickleRef version = plain();
        if (!m_graph.is(version, PickleKind::Int) || m_graph.number(version) != protocolVersion)
            fail(m_file->path(), "was written by torch.save in an unknown version of its format.");
        checkByteOrder(plain());
    }

    PickleRef object(TorchBuilder& builder) { return Unpickler(m_file->path(), m_graph, builder, m_stop).run(m_reader); }

    /// In the order in which the storages follow.
    std::vector<std::string> keys()
    {
        const PickleRef list = plain();
        if (!m_graph.is(list, PickleKind::List))
            failDamaged("the list of its storages is missing");
        std::vector<std::string> result;
        for (const PickleRef key : m_graph.items(list)) {
            if (!m_graph.is(key, PickleKind::Text))
                failDamaged("the key of a storage is no text");
            result.emplace_back(m_graph.textOf(key));
        }
        return result;
    }

    ByteReader& reader() { return m_reader; }
    const PickleGraph& graph() const { return m_graph; }

    [[noreturn]] void failDamaged(const std::string& what) const
    {
        fail(m_file->path(), "is damaged or cut off: " + what + "; copy or download it again.");
    }

private:
    PickleRef plain()
    {
        PlainBuilder builder;
        return Unpickler(m_file->path(), m_graph, builder, m_stop).run(m_reader);
    }

    void checkByteOrder(PickleRef info)
    {
        if (!m_graph.is(info, PickleKind::Dict))
            failDamaged("what is said about the machine that wrote it is missing");
        const std::vector<PickleRef>& items = m_graph.items(info);
        for (std::size_t i = 0; i < items.size(); i += 2) {
            if (m_graph.is(items[i], PickleKind::Text) && m_graph.textOf(items[i]) == "little_endian"
                && items[i + 1] != m_graph.boolean(true))
                fail(m_file->path(), "was written on a big-endian machine; save it again with a newer PyTorch.");
        }
    }

    std::shared_ptr<const MappedFile> m_file;
    std::stop_token m_stop;
    ByteReader m_reader;
    PickleGraph m_graph;
};

using StorageMap = std::unordered_map<std::string, std::shared_ptr<const Storage>>;

/// What the pickle says of the storages with one key must agree: how many elements, of how many bytes.
std::unordered_map<std::string, const TorchStorage*> describedStorages(const LegacyFile& legacy, const TorchBuilder& builder)
{
    std::unordered_map<std::string, const TorchStorage*> described;
    for (const TorchStorage& storage : builder.storages()) {
        const auto [position, isNew] = described.emplace(storage.key, &storage);
        const TorchStorage& first = *position->second;
        if (!isNew && (first.count != storage.count || first.elementBytes() != storage.elementBytes()))
            legacy.failDamaged("two descriptions of the storage " + inQuotes(storage.key) + " differ");
    }
    return described;
}

StorageMap readStorages(LegacyFile& legacy, const std::shared_ptr<const MappedFile>& file, const TorchBuilder& builder)
{
    const auto described = describedStorages(legacy, builder);
    StorageMap storages;
    for (const std::string& key : legacy.keys()) {
        const auto position = described.find(key);
        if (position == described.end())
            legacy.failDamaged("no tensor uses the storage " + inQuotes(key));
        const TorchStorage& storage = *position->second;
        const auto count = legacy.reader().number<std::uint64_t>();
        std::uint64_t size = 0;
        if (count != static_cast<std::uint64_t>(storage.count)
            || __builtin_mul_overflow(count, static_cast<std::uint64_t>(storage.elementBytes()), &size))
            legacy.failDamaged("the storage " + inQuotes(key) + " should have " + std::to_string(storage.count)
                               + " elements, but has " + std::to_string(count));
        const ByteSpan bytes = legacy.reader().take(size);
        if (!legacy.reader().ok())
            legacy.failDamaged("the storage " + inQuotes(key) + " reaches past the end");
        if (!storages.emplace(key, std::make_shared<MappedStorage>(file, bytes)).second)
            legacy.failDamaged("the storage " + inQuotes(key) + " is there twice");
    }
    return storages;
}

}  // namespace

std::shared_ptr<Checkpoint::Source> readTorchLegacy(const std::shared_ptr<const MappedFile>& file, const std::stop_token& stop)
{
    LegacyFile legacy(file, stop);
    legacy.checkStart();
    TorchBuilder builder(file->path());
    const PickleRef object = legacy.object(builder);
    const StorageMap storages = readStorages(legacy, file, builder);
    std::vector<std::shared_ptr<const Storage>> bytes;
    for (const TorchStorage& storage : builder.storages()) {
        const auto position = storages.find(storage.key);
        if (position == storages.end())
            legacy.failDamaged("the data of the storage " + inQuotes(storage.key) + " are missing");
        bytes.push_back(position->second);
    }
    auto source = std::make_shared<Checkpoint::Source>(Container::TorchLegacy, file->path());
    source->addFileSize(file->bytes().size());
    builder.addTensors(legacy.graph(), object, bytes, false, *source);
    return source;
}

}  // namespace vitrine
