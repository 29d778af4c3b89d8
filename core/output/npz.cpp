// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cstring>
#include <memory>

#include <zip.h>

#include "core/base/error.h"
#include "core/output/arrays.h"
#include "core/output/numpy.h"
#include "core/output/zip_sink.h"

namespace vitrine {

namespace {

/// One entry as libzip reads it: a header, then the arrays' own memory, one after another.
class EntryStream {
public:
    explicit EntryStream(const NamedArray& array)
    {
        if (const auto* one = std::get_if<NdArray>(&array.values)) {
            m_header = npyHeader("<f4", writtenShape(*one));
            add(*one);
        } else if (const auto* stack = std::get_if<std::vector<NdArray>>(&array.values)) {
            m_header = npyHeader("<f4", stackShape(array.name, *stack));
            for (const NdArray& layer : *stack)
                add(layer);
        } else if (const auto* computed = std::get_if<ComputedParts>(&array.values)) {
            m_header = npyHeader("<f4", computed->shape);
            m_computed = computed;
            m_computedBytes = static_cast<std::size_t>(elementCount(computed->shape)) * sizeof(float);
        } else if (const auto* texts = std::get_if<std::vector<std::string>>(&array.values)) {
            m_header = npyText(*texts);
        } else {
            const auto& integers = std::get<std::vector<std::int64_t>>(array.values);
            m_header = npyHeader("<i8", {static_cast<std::int64_t>(integers.size())});
            m_parts.emplace_back(reinterpret_cast<const char*>(integers.data()), integers.size() * sizeof(std::int64_t));
        }
        m_parts.insert(m_parts.begin(), std::span<const char>(m_header));
    }
    EntryStream(const EntryStream&) = delete;
    EntryStream& operator=(const EntryStream&) = delete;

    static zip_int64_t callback(void* self, void* data, zip_uint64_t length, zip_source_cmd_t command)
    {
        return static_cast<EntryStream*>(self)->answer(data, length, command);
    }

private:
    void add(const NdArray& array)
    {
        m_parts.emplace_back(reinterpret_cast<const char*>(array.data()),
                             static_cast<std::size_t>(array.size()) * sizeof(float));
    }

    static Shape stackShape(const std::string& name, const std::vector<NdArray>& stack)
    {
        if (stack.empty())
            return {0};
        Shape shape = writtenShape(stack.front());
        for (const NdArray& layer : stack)
            if (writtenShape(layer) != shape)
                throw Error("The array " + name + " cannot be written as one: its layers have the shapes " + toString(shape)
                            + " and " + toString(writtenShape(layer)) + "; record all of them or write them one by one.");
        shape.insert(shape.begin(), static_cast<std::int64_t>(stack.size()));
        return shape;
    }

    // The next computed part takes the place of the one before.
    bool compute()
    {
        if (m_computed == nullptr || m_nextComputed == m_computed->count)
            return false;
        m_present = m_computed->part(m_nextComputed++);
        m_parts = {
            {reinterpret_cast<const char*>(m_present.data()), static_cast<std::size_t>(m_present.size()) * sizeof(float)}};
        m_part = m_offset = 0;
        return true;
    }

    zip_int64_t read(char* out, zip_uint64_t length)
    {
        zip_uint64_t done = 0;
        while (done < length && (m_part < m_parts.size() || compute())) {
            const std::span<const char> rest = m_parts[m_part].subspan(m_offset);
            const std::size_t count = std::min<std::size_t>(rest.size(), length - done);
            if (count > 0)
                std::memcpy(out + done, rest.data(), count);
            done += count;
            m_offset += count;
            if (count == rest.size()) {
                ++m_part;
                m_offset = 0;
            }
        }
        return static_cast<zip_int64_t>(done);
    }

    zip_int64_t answer(void* data, zip_uint64_t length, zip_source_cmd_t command)
    {
        switch (command) {
        case ZIP_SOURCE_SUPPORTS:
            return zip_source_make_command_bitmap(ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT,
                                                  ZIP_SOURCE_ERROR, ZIP_SOURCE_FREE, -1);
        case ZIP_SOURCE_OPEN:
            m_part = m_offset = 0;
            if (m_computed != nullptr) {
                m_parts = {std::span<const char>(m_header)};
                m_nextComputed = 0;
            }
            return 0;
        case ZIP_SOURCE_READ:
            return read(static_cast<char*>(data), length);
        case ZIP_SOURCE_STAT: {
            // The size is told beforehand, so that entries over 4 GiB get zip64 headers.
            zip_stat_t stat;
            zip_stat_init(&stat);
            stat.size = m_computed != nullptr ? m_header.size() + m_computedBytes : 0;
            for (const std::span<const char> part : m_computed != nullptr ? std::vector<std::span<const char>>() : m_parts)
                stat.size += part.size();
            stat.valid = ZIP_STAT_SIZE;
            std::memcpy(data, &stat, sizeof stat);
            return sizeof stat;
        }
        case ZIP_SOURCE_ERROR: {
            const int none[2] = {ZIP_ER_OK, 0};
            std::memcpy(data, none, sizeof none);
            return sizeof none;
        }
        case ZIP_SOURCE_CLOSE:
        case ZIP_SOURCE_FREE:
            return 0;
        default:
            return -1;
        }
    }

    std::string m_header;
    std::vector<std::span<const char>> m_parts;
    std::size_t m_part = 0, m_offset = 0;
    const ComputedParts* m_computed = nullptr;  ///< null: all parts are there
    std::size_t m_computedBytes = 0;
    std::int64_t m_nextComputed = 0;
    NdArray m_present;
};

void addEntry(zip_t* archive, const std::string& name, EntryStream& stream)
{
    zip_source_t* source = zip_source_function(archive, &EntryStream::callback, &stream);
    const zip_int64_t index = source ? zip_file_add(archive, name.c_str(), source, ZIP_FL_ENC_UTF_8) : -1;
    if (index < 0) {
        zip_source_free(source);
        throw Error("The array " + name + " cannot be written: " + zip_strerror(archive) + ".");
    }
    // Random-looking floats do not shrink; stored entries can be memory-mapped. One fixed time: equal input, equal file.
    constexpr zip_uint16_t firstDay = (1 << 5) | 1;
    zip_set_file_compression(archive, static_cast<zip_uint64_t>(index), ZIP_CM_STORE, 0);
    zip_file_set_dostime(archive, static_cast<zip_uint64_t>(index), 0, firstDay, 0);
}

using Archive = std::unique_ptr<zip_t, void (*)(zip_t*)>;

Archive openArchive(ZipSink& sink)
{
    zip_source_t* source = zip_source_function_create(&ZipSink::callback, &sink, nullptr);
    zip_t* archive = source ? zip_open_from_source(source, ZIP_TRUNCATE, nullptr) : nullptr;
    if (!archive)
        zip_source_free(source);
    return {archive, zip_discard};
}

}  // namespace

void writeNpz(const std::filesystem::path& path, const std::vector<NamedArray>& arrays)
{
    const auto failed = [&](const char* why) { return Error("Cannot write " + path.string() + ": " + why + "."); };
    // libzip reads the streams only in zip_close(): they must outlive the archive.
    std::vector<std::unique_ptr<EntryStream>> streams;
    writeAtomically(path, [&](const std::filesystem::path& temporary) {
        ZipSink sink(temporary);
        Archive archive = openArchive(sink);
        if (!archive)
            throw failed("no archive could be opened there");
        for (const NamedArray& array : arrays) {
            streams.push_back(std::make_unique<EntryStream>(array));
            addEntry(archive.get(), array.name + ".npy", *streams.back());
        }
        if (zip_close(archive.get()) != 0)
            throw failed(zip_strerror(archive.get()));
        (void)archive.release();
    });
}

}  // namespace vitrine
