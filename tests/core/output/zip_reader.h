// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace vitrine::test {

/// One stored entry of a zip archive. The checksum was compared.
struct ZipEntry {
    std::string name;
    std::string content;
};

/// A .npy: its three header entries as written, and the bytes that follow.
struct Npy {
    std::string dtype;
    bool fortranOrder = false;
    std::string shape;  ///< "(2, 3)"
    std::size_t dataOffset = 0;
    std::string data;

    std::vector<float> floats() const;
    std::vector<std::int64_t> integers() const;
};

/// Readers written apart from the program's, so that both sides cannot share a mistake.
/// Throw std::runtime_error on anything unexpected.
std::vector<ZipEntry> readZip(const std::string& bytes);
Npy readNpy(const std::string& bytes);

}  // namespace vitrine::test
