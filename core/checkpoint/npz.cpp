// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <array>
#include <optional>

#include "core/checkpoint/npy.h"
#include "core/checkpoint/readers.h"
#include "core/checkpoint/report.h"

namespace vitrine {
namespace {

struct Descr {
    std::string_view code;
    ElementType type;
};

constexpr std::array<Descr, 15> descrs{{
    {"b1", ElementType::Bool},
    {"u1", ElementType::U8},
    {"i1", ElementType::I8},
    {"u2", ElementType::U16},
    {"i2", ElementType::I16},
    {"u4", ElementType::U32},
    {"i4", ElementType::I32},
    {"u8", ElementType::U64},
    {"i8", ElementType::I64},
    {"f2", ElementType::F16},
    {"f4", ElementType::F32},
    {"f8", ElementType::F64},
    {"c8", ElementType::C64},
    {"c16", ElementType::C128},
    {"V2", ElementType::BF16},
}};

std::optional<ElementType> typeOf(const std::string& descr)
{
    if (descr.size() < 3)
        return std::nullopt;
    const auto row = std::find_if(descrs.begin(), descrs.end(), [&](const Descr& d) { return d.code == descr.substr(1); });
    if (row == descrs.end())
        return std::nullopt;
    const bool hasOrder = descr[0] == '<' || descr[0] == '>';
    const bool needsOrder = bitsOf(row->type) > 8 && row->type != ElementType::BF16;
    return hasOrder || (!needsOrder && descr[0] == '|') ? std::optional(row->type) : std::nullopt;
}

/// Column-major data are the row-major data of the transposed array.
Shape fortranStrides(const Shape& shape)
{
    const Shape reversed(shape.rbegin(), shape.rend());
    const Shape strides = contiguousStrides(reversed);
    return {strides.rbegin(), strides.rend()};
}

void addArray(const ZipArchive& archive, const ZipEntry& entry, Checkpoint::Source& source)
{
    const std::filesystem::path& file = archive.file()->path();
    const std::vector<std::uint8_t> start = archive.start(entry, longestNpyHeader);
    std::string name = entry.name.ends_with(".npy") ? entry.name.substr(0, entry.name.size() - 4) : entry.name;
    if (!isNpy(start)) {
        source.addNote(inQuotes(entry.name) + " was skipped: it is not a NumPy array.");
        return;
    }
    NpyHeader header;
    if (const std::string problem = parseNpyHeader(start, header); !problem.empty())
        fail(file, "is damaged: its array " + inQuotes(name) + ' ' + problem + '.');
    if (header.descr.find('O') != std::string::npos)
        fail(file, "is refused: its array " + inQuotes(name) + " holds Python objects, which would have to be run.");
    const std::optional<ElementType> type = typeOf(header.descr);
    if (!type) {
        source.addNote(inQuotes(name) + " was skipped: its type " + inQuotes(header.descr) + " is not numeric.");
        return;
    }
    if (*type == ElementType::BF16)
        source.addNote(inQuotes(name) + " holds two-byte values without a type; they were read as bfloat16.");
    auto data = std::make_shared<StoragePart>(archive.storage(entry), header.dataOffset, entry.size - header.dataOffset);
    TensorView view{std::move(data),
                    *type,
                    header.shape,
                    header.fortranOrder ? fortranStrides(header.shape) : contiguousStrides(header.shape),
                    0,
                    header.descr[0] == '>'};
    source.add(std::move(name), std::move(view));
}

}  // namespace

std::shared_ptr<Checkpoint::Source> readNpz(const ZipArchive& archive, const Progress& progress, const std::stop_token& stop)
{
    auto source = std::make_shared<Checkpoint::Source>(Container::Npz, archive.file()->path());
    source->addFileSize(archive.file()->bytes().size());
    for (const ZipEntry& entry : archive.entries()) {
        throwIfStopped(stop);
        addArray(archive, entry, *source);
    }
    if (const std::string note = archive.verify(progress, stop); !note.empty())
        source->addNote(note);
    return source;
}

bool isNpz(const ZipArchive& archive)
{
    return std::any_of(archive.entries().begin(), archive.entries().end(),
                       [&](const ZipEntry& entry) { return isNpy(archive.start(entry, 8)); });
}

}  // namespace vitrine
