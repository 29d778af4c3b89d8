// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/checkpoint/archives.h"

#include <cstring>
#include <stdexcept>

#include <zlib.h>

namespace vitrine::test {

std::string number(std::uint64_t value, int width)
{
    std::string result;
    for (int i = 0; i < width; ++i)
        result += static_cast<char>(i < 8 ? value >> (8 * i) & 0xff : 0);
    return result;
}

std::string floats(const std::vector<float>& values)
{
    std::string result(values.size() * sizeof(float), '\0');
    std::memcpy(result.data(), values.data(), result.size());
    return result;
}

std::string safetensors(const std::string& header, const std::string& data, std::optional<std::uint64_t> length)
{
    return number(length.value_or(header.size()), 8) + header + data;
}

std::string entry(const std::string& name, const std::string& dtype, const std::string& shape, std::uint64_t begin,
                  std::uint64_t end)
{
    return '"' + name + R"(":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":[)" + std::to_string(begin)
           + ',' + std::to_string(end) + "]}";
}

std::string deflated(const std::string& data)
{
    z_stream stream{};
    if (deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY) != Z_OK)
        throw std::runtime_error("deflateInit2 failed");
    std::string result(deflateBound(&stream, data.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
    stream.avail_in = static_cast<uInt>(data.size());
    stream.next_out = reinterpret_cast<Bytef*>(result.data());
    stream.avail_out = static_cast<uInt>(result.size());
    const int status = deflate(&stream, Z_FINISH);
    result.resize(stream.total_out);
    deflateEnd(&stream);
    if (status != Z_STREAM_END)
        throw std::runtime_error("deflate failed");
    return result;
}

std::string zip(const std::vector<ZipFile>& files, const ZipEnd& end)
{
    std::string local;
    std::string directory;
    for (const ZipFile& file : files) {
        const std::string packed = file.deflated ? deflated(file.data) : file.data;
        const auto crc = file.checksum.value_or(
            static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(file.data.data()), file.data.size())));
        const std::string common = number(20, 2) + number(file.flags, 2) + number(file.deflated ? 8 : 0, 2) + number(0, 4)
                                   + number(crc, 4);
        const std::string extra = file.size ? number(1, 2) + number(8, 2) + number(*file.size, 8) : std::string();
        const std::string& localName = file.localName ? *file.localName : file.name;
        directory += "PK\1\2" + number(20, 2) + common + number(packed.size(), 4)
                     + number(file.size ? 0xffffffff : file.data.size(), 4) + number(file.name.size(), 2)
                     + number(extra.size(), 2) + number(0, 2 + 2 + 2 + 4)
                     + number(file.localOffset.value_or(static_cast<std::uint32_t>(local.size())), 4) + file.name + extra;
        local += "PK\3\4" + common + number(packed.size(), 4) + number(file.size ? 0xffffffff : file.data.size(), 4)
                 + number(localName.size(), 2) + number(0, 2) + localName + packed;
    }
    const std::uint64_t entries = end.entries.value_or(static_cast<std::uint16_t>(files.size()));
    return local + directory + "PK\5\6" + number(0, 4) + number(entries, 2) + number(entries, 2) + number(directory.size(), 4)
           + number(end.offset.value_or(static_cast<std::uint32_t>(local.size())), 4) + number(end.comment.size(), 2)
           + end.comment;
}

std::string npy(const std::string& literal, const std::string& data, int major)
{
    return "\x93NUMPY" + number(static_cast<unsigned>(major), 1) + number(0, 1) + number(literal.size(), major == 1 ? 2 : 4)
           + literal + data;
}

std::string npyHeader(const std::string& descr, const std::string& shape, bool fortran)
{
    return "{'descr': '" + descr + "', 'fortran_order': " + (fortran ? "True" : "False") + ", 'shape': " + shape + ", }\n";
}

}  // namespace vitrine::test
