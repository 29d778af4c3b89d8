// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cstring>
#include <utility>

#include <nlohmann/json.hpp>

#include "core/checkpoint/readers.h"
#include "core/checkpoint/report.h"

namespace vitrine {
namespace {

constexpr std::uint64_t longestHeader = 100'000'000;
constexpr std::size_t lengthBytes = 8;

struct Entry {
    std::string name;
    std::optional<ElementType> type;
    Shape shape;
    std::vector<std::uint64_t> offsets;
    bool hasShape = false;
    bool hasOffsets = false;
};

/// Takes the header apart while it is parsed: nothing is kept that does not belong into it.
class HeaderHandler : public nlohmann::json_sax<nlohmann::json> {
public:
    std::vector<Entry> entries;
    std::map<std::string, std::string> metadata;
    std::string problem;

    bool null() override { return refuse("holds a null"); }
    bool boolean(bool) override { return refuse("holds a boolean"); }
    bool number_integer(number_integer_t) override { return refuse("holds a negative number"); }
    bool number_float(number_float_t, const string_t&) override { return refuse("holds a number that is no whole number"); }
    bool binary(binary_t&) override { return refuse("holds binary data"); }

    bool number_unsigned(number_unsigned_t value) override
    {
        if (m_place == Place::Shape) {
            Shape& shape = entries.back().shape;
            if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
                return refuse("gives tensor " + inQuotes(entries.back().name) + " a dimension that is too large");
            shape.push_back(static_cast<std::int64_t>(value));
            return shape.size() <= highestRank
                   || refuse("gives tensor " + inQuotes(entries.back().name) + " too many dimensions");
        }
        if (m_place == Place::Offsets) {
            entries.back().offsets.push_back(value);
            return entries.back().offsets.size() <= 2
                   || refuse("gives tensor " + inQuotes(entries.back().name) + " more than two data offsets");
        }
        return refuse("holds a number in the wrong place");
    }

    bool string(string_t& value) override
    {
        if (m_place == Place::Metadata)
            return metadata.emplace(m_key, value).second || refuse("has the metadata key " + inQuotes(m_key) + " twice");
        if (m_place != Place::Entry || m_key != "dtype")
            return refuse("holds a text in the wrong place");
        if (entries.back().type)
            return refuse("gives tensor " + inQuotes(entries.back().name) + " two types");
        entries.back().type = elementTypeNamed(value);
        return (entries.back().type && entries.back().type != ElementType::C128)
               || refuse("gives tensor " + inQuotes(entries.back().name) + " the unknown type " + inQuotes(value));
    }

    bool key(string_t& value) override
    {
        m_key = std::move(value);
        return true;
    }

    bool start_object(std::size_t) override
    {
        if (m_place == Place::Start) {
            m_place = Place::Top;
            return true;
        }
        if (m_place != Place::Top)
            return refuse("holds an object in the wrong place");
        if (m_key == "__metadata__") {
            m_place = Place::Metadata;
            return !std::exchange(m_hasMetadata, true) || refuse("has two __metadata__ objects");
        }
        m_place = Place::Entry;
        entries.push_back({std::move(m_key), {}, {}, {}, false, false});
        return entries.size() <= mostTensors || refuse("lists more than " + std::to_string(mostTensors) + " tensors");
    }

    bool end_object() override
    {
        if (m_place == Place::Entry) {
            const Entry& entry = entries.back();
            if (!entry.type || !entry.hasShape || entry.offsets.size() != 2)
                return refuse("lacks the type, the shape or the data offsets of tensor " + inQuotes(entry.name));
        }
        m_place = m_place == Place::Top ? Place::End : Place::Top;
        return true;
    }

    bool start_array(std::size_t) override
    {
        if (m_place == Place::Entry && m_key == "shape" && !std::exchange(entries.back().hasShape, true)) {
            m_place = Place::Shape;
            return true;
        }
        if (m_place == Place::Entry && m_key == "data_offsets" && !std::exchange(entries.back().hasOffsets, true)) {
            m_place = Place::Offsets;
            return true;
        }
        return refuse("holds a list in the wrong place");
    }

    bool end_array() override
    {
        m_place = Place::Entry;
        return true;
    }

    bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override
    {
        return refuse("is not valid JSON at byte " + std::to_string(position));
    }

private:
    enum class Place { Start, Top, Metadata, Entry, Shape, Offsets, End };

    bool refuse(std::string what)
    {
        problem = std::move(what);
        return false;
    }

    Place m_place = Place::Start;
    std::string m_key;
    bool m_hasMetadata = false;
};

std::uint64_t headerLength(const MappedFile& file)
{
    const ByteSpan bytes = file.bytes();
    if (bytes.size() < lengthBytes)
        fail(file.path(), "is cut off: it has only " + byteCount(bytes.size()) + "; download it again.");
    std::uint64_t length = 0;
    for (std::size_t i = lengthBytes; i-- > 0;)
        length = length << 8U | bytes[i];
    if (length > longestHeader)
        fail(file.path(), "is no usable safetensors file: its header would be " + byteCount(length)
                              + " long, more than the format allows; download it again.");
    if (length > bytes.size() - lengthBytes)
        fail(file.path(), "is cut off: its header should be " + byteCount(length) + " long, but the file has only "
                              + byteCount(bytes.size()) + "; download it again.");
    return length;
}

/// The tensors must cover the data exactly, one after the other.
void checkLayout(const MappedFile& file, const std::vector<Entry>& entries, std::uint64_t dataSize)
{
    std::uint64_t end = 0;
    for (const Entry& entry : entries) {
        if (entry.offsets[1] < entry.offsets[0] || entry.offsets[0] != end)
            fail(file.path(), "is damaged: the data of tensor " + inQuotes(entry.name)
                                  + " overlap another tensor's or leave a hole before them.");
        end = entry.offsets[1];
    }
    if (end > dataSize)
        fail(file.path(), "is cut off (truncated): its tensors need " + byteCount(end) + ", but only " + byteCount(dataSize)
                              + " are there; download it again.");
    if (end < dataSize)
        fail(file.path(), "has " + byteCount(dataSize - end)
                              + " after its last tensor that belong to none; it is damaged or hides something else.");
}

void checkSize(const MappedFile& file, const Entry& entry)
{
    std::uint64_t bits = bitsOf(*entry.type);
    for (const std::int64_t size : entry.shape) {
        if (__builtin_mul_overflow(bits, static_cast<std::uint64_t>(size), &bits))
            fail(file.path(), "is damaged: the shape of tensor " + inQuotes(entry.name) + " is too large.");
    }
    if (bits % 8 != 0 || bits / 8 != entry.offsets[1] - entry.offsets[0])
        fail(file.path(), "is damaged: tensor " + inQuotes(entry.name) + " has "
                              + byteCount(entry.offsets[1] - entry.offsets[0]) + " of data, which do not fit its shape "
                              + toString(entry.shape) + " of " + std::string(nameOf(*entry.type)) + ".");
}

HeaderHandler parseHeader(const MappedFile& file, std::uint64_t length)
{
    HeaderHandler handler;
    const auto* first = file.text().data() + lengthBytes;
    if (!nlohmann::json::sax_parse(first, first + length, &handler))
        fail(file.path(), "is no usable safetensors file: its header " + handler.problem + "; download it again.");
    return handler;
}

}  // namespace

std::shared_ptr<Checkpoint::Source> readSafetensors(const std::shared_ptr<const MappedFile>& file)
{
    const std::uint64_t length = headerLength(*file);
    HeaderHandler header = parseHeader(*file, length);
    std::stable_sort(header.entries.begin(), header.entries.end(),
                     [](const Entry& a, const Entry& b) { return a.offsets < b.offsets; });
    const ByteSpan data = file->bytes().subspan(lengthBytes + length);
    checkLayout(*file, header.entries, data.size());

    auto source = std::make_shared<Checkpoint::Source>(Container::Safetensors, file->path());
    source->addFileSize(file->bytes().size());
    source->setMetadata(std::move(header.metadata));
    for (Entry& entry : header.entries) {
        checkSize(*file, entry);
        if (source->indexOf(entry.name) >= 0)
            fail(file->path(), "is damaged: it lists tensor " + inQuotes(entry.name) + " twice.");
        const ByteSpan bytes = data.subspan(entry.offsets[0], entry.offsets[1] - entry.offsets[0]);
        TensorView view{
            std::make_shared<MappedStorage>(file, bytes), *entry.type, entry.shape, contiguousStrides(entry.shape), 0, false};
        source->add(std::move(entry.name), std::move(view));
    }
    return source;
}

}  // namespace vitrine
