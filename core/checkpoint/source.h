// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/element_type.h"
#include "core/checkpoint/mapped_file.h"

namespace vitrine {

/// What a file may hold at most, whatever its format.
inline constexpr std::size_t mostTensors = 500'000, highestRank = 32;

/// Bytes together with whoever keeps them alive.
struct Bytes {
    std::shared_ptr<const void> owner;
    ByteSpan span;
};

/// The bytes of one record of a file. Safe to use from several threads.
class Storage {
public:
    virtual ~Storage() = default;
    virtual std::uint64_t size() const = 0;
    /// Shares a mapped file, or unpacks; throws Error when that fails.
    virtual Bytes bytes() const = 0;
};

/// Where the elements of a tensor lie: a strided view of a storage, offset and strides in elements.
struct TensorView {
    std::shared_ptr<const Storage> storage;
    ElementType type = ElementType::F32;
    Shape shape;
    Shape strides;
    std::int64_t offset = 0;
    bool bigEndian = false;
};

Shape contiguousStrides(const Shape& shape);

/// Empty when every element lies inside the storage and the sizes are representable; else what is wrong ("its ...").
std::string problemOf(const TensorView& view);

/// Everything a reader found. Filled by one thread, then never changed.
class Checkpoint::Source {
public:
    Source(Container container, std::filesystem::path file);

    /// Throws Error when the view reaches outside its storage, or when there are far more elements than the file can
    /// hold. A second tensor of the same name replaces the first.
    void add(std::string name, TensorView view);
    /// The tensors of another file that `wanted` names, its notes and its name.
    void absorb(const Source& other, const std::function<bool(const std::string& name)>& wanted);
    void addNote(std::string sentence);
    void setMetadata(std::map<std::string, std::string> metadata) { m_metadata = std::move(metadata); }
    /// Bytes of weight files: the more there are, the larger the tensors may be in all.
    void addFileSize(std::uint64_t bytes) { m_fileSize += bytes; }
    void addFile(std::filesystem::path file) { m_files.push_back(std::move(file)); }

    Container container() const { return m_container; }
    const std::filesystem::path& file() const { return m_file; }
    const std::vector<std::filesystem::path>& files() const { return m_files; }
    const std::vector<TensorInfo>& tensors() const { return m_tensors; }
    const std::vector<TensorView>& views() const { return m_views; }
    const std::map<std::string, std::string>& metadata() const { return m_metadata; }
    const std::vector<std::string>& notes() const { return m_notes; }
    /// Index into tensors() and views(), or -1.
    std::int64_t indexOf(std::string_view name) const;
    NdArray read(std::string_view name) const;

private:
    Container m_container;
    std::filesystem::path m_file;
    std::vector<std::filesystem::path> m_files;
    std::uint64_t m_fileSize = 0;
    std::uint64_t m_elements = 0;
    std::uint64_t m_nameBytes = 0;
    std::vector<TensorInfo> m_tensors;
    std::vector<TensorView> m_views;
    std::unordered_map<std::string, std::size_t> m_index;
    std::map<std::string, std::string> m_metadata;
    std::vector<std::string> m_notes;
    std::size_t m_notesLeftOut = 0;
};

/// Part of a mapped file.
class MappedStorage final : public Storage {
public:
    MappedStorage(std::shared_ptr<const MappedFile> file, ByteSpan span)
        : m_file(std::move(file))
        , m_span(span)
    {
    }
    std::uint64_t size() const override { return m_span.size(); }
    Bytes bytes() const override { return {MappedFile::holdPages(m_file, m_span), m_span}; }

private:
    std::shared_ptr<const MappedFile> m_file;
    ByteSpan m_span;
};

/// Bytes `offset` to `offset + size` of another storage, which has them.
class StoragePart final : public Storage {
public:
    StoragePart(std::shared_ptr<const Storage> whole, std::uint64_t offset, std::uint64_t size)
        : m_whole(std::move(whole))
        , m_offset(offset)
        , m_size(size)
    {
    }
    std::uint64_t size() const override { return m_size; }
    Bytes bytes() const override
    {
        Bytes bytes = m_whole->bytes();
        bytes.span = bytes.span.subspan(m_offset, m_size);
        return bytes;
    }

private:
    std::shared_ptr<const Storage> m_whole;
    std::uint64_t m_offset;
    std::uint64_t m_size;
};

}  // namespace vitrine
