// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// Writers of tiny weight files that can also write them wrong.
namespace vitrine::test {

/// The low `width` bytes of a number, little-endian.
std::string number(std::uint64_t value, int width);
std::string floats(const std::vector<float>& values);

/// A safetensors file; without `length` the header's own.
std::string safetensors(const std::string& header, const std::string& data = {}, std::optional<std::uint64_t> length = {});
/// One entry of its header: "name":{"dtype":...}
std::string entry(const std::string& name, const std::string& dtype, const std::string& shape, std::uint64_t begin,
                  std::uint64_t end);

struct ZipFile {
    std::string name;
    std::string data;
    bool deflated = false;
    std::uint16_t flags = 0;
    std::optional<std::uint32_t> checksum = {};
    std::optional<std::string> localName = {};
    std::optional<std::uint64_t> size = {};  ///< that the directory claims, in a ZIP64 field
    std::optional<std::uint32_t> localOffset = {};
};

/// What the end record claims in place of the truth.
struct ZipEnd {
    std::optional<std::uint16_t> entries = {};
    std::optional<std::uint32_t> offset = {};
    std::string comment = {};
};

std::string zip(const std::vector<ZipFile>& files, const ZipEnd& end = {});
std::string deflated(const std::string& data);

/// A NumPy array file around this header literal.
std::string npy(const std::string& literal, const std::string& data, int major = 1);
std::string npyHeader(const std::string& descr, const std::string& shape, bool fortran = false);

}  // namespace vitrine::test
