// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/output/zip_reader.h"

#include <cstring>
#include <stdexcept>

namespace vitrine::test {

namespace {

void require(bool condition, const std::string& what)
{
    if (!condition)
        throw std::runtime_error(what);
}

std::uint32_t number(const std::string& bytes, std::size_t offset, std::size_t count)
{
    require(offset + count <= bytes.size(), "the archive is cut");
    std::uint32_t value = 0;
    for (std::size_t i = count; i-- > 0;)
        value = value << 8 | static_cast<unsigned char>(bytes[offset + i]);
    return value;
}

std::uint32_t checksum(const std::string& bytes)
{
    std::uint32_t crc = 0xffffffff;
    for (const char c : bytes) {
        crc ^= static_cast<unsigned char>(c);
        for (int bit = 0; bit < 8; ++bit)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
    }
    return ~crc;
}

/// What stands behind `'key': ` in a header, up to the comma that follows it outside brackets.
std::string valueOf(const std::string& header, const std::string& key)
{
    const std::size_t start = header.find("'" + key + "': ");
    require(start != std::string::npos, "the header has no " + key);
    const std::size_t first = start + key.size() + 4;
    const std::size_t last = header[first] == '(' ? header.find(')', first) + 1 : header.find(',', first);
    return header.substr(first, last - first);
}

template <typename Number>
std::vector<Number> numbers(const std::string& data)
{
    require(data.size() % sizeof(Number) == 0, "the data do not fill whole numbers");
    std::vector<Number> result(data.size() / sizeof(Number));
    if (!data.empty())
        std::memcpy(result.data(), data.data(), data.size());
    return result;
}

}  // namespace

std::vector<ZipEntry> readZip(const std::string& bytes)
{
    const std::size_t end = bytes.rfind("PK\5\6");
    require(end != std::string::npos, "no end of central directory");
    std::size_t at = number(bytes, end + 16, 4);
    std::vector<ZipEntry> entries;
    for (std::uint32_t left = number(bytes, end + 10, 2); left > 0; --left) {
        require(bytes.compare(at, 4, "PK\1\2") == 0, "no central entry where one should be");
        require(number(bytes, at + 10, 2) == 0, "an entry is compressed");
        const std::uint32_t crc = number(bytes, at + 16, 4), size = number(bytes, at + 24, 4);
        const std::uint32_t nameLength = number(bytes, at + 28, 2), local = number(bytes, at + 42, 4);
        require(number(bytes, at + 20, 4) == size, "the two sizes of a stored entry differ");
        require(bytes.compare(local, 4, "PK\3\4") == 0, "no local entry where one should be");
        const std::size_t start = local + 30 + number(bytes, local + 26, 2) + number(bytes, local + 28, 2);
        entries.push_back({bytes.substr(at + 46, nameLength), bytes.substr(start, size)});
        require(checksum(entries.back().content) == crc, "the checksum of " + entries.back().name + " is wrong");
        at += 46 + nameLength + number(bytes, at + 30, 2) + number(bytes, at + 32, 2);
    }
    return entries;
}

Npy readNpy(const std::string& bytes)
{
    require(bytes.compare(0, 8, std::string("\x93NUMPY\1\0", 8)) == 0, "no NumPy 1.0 file");
    Npy npy;
    npy.dataOffset = 10 + number(bytes, 8, 2);
    const std::string header = bytes.substr(10, npy.dataOffset - 10);
    require(!header.empty() && header.front() == '{' && header.back() == '\n', "the header is no line");
    npy.dtype = valueOf(header, "descr");
    npy.fortranOrder = valueOf(header, "fortran_order") == "True";
    npy.shape = valueOf(header, "shape");
    npy.data = bytes.substr(npy.dataOffset);
    return npy;
}

std::vector<float> Npy::floats() const
{
    require(dtype == "'<f4'", "the numbers are " + dtype);
    return numbers<float>(data);
}

std::vector<std::int64_t> Npy::integers() const
{
    require(dtype == "'<i8'", "the numbers are " + dtype);
    return numbers<std::int64_t>(data);
}

}  // namespace vitrine::test
