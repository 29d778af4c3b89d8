// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>

#include "core/checkpoint/checkpoint.h"

namespace vitrine::test {

/// A folder that goes away with the object.
class TemporaryFolder {
public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    const std::filesystem::path& path() const { return m_path; }
    std::filesystem::path write(const std::string& name, const std::string& bytes) const;

private:
    std::filesystem::path m_path;
};

/// What became of a weight file. Error texts are checked to be a sentence that names the file.
struct Outcome {
    bool loaded = false;
    std::string message;  ///< of the Error
    std::size_t tensors = 0;
    double sum = 0.0;   ///< of all values
    std::string notes;  ///< joined by newlines
};

/// Opens the file and reads every tensor. Anything but an Error fails the test.
Outcome outcomeOf(const std::filesystem::path& path);
/// The same for these bytes, in a file of this name.
Outcome outcomeOf(const std::string& bytes, const std::string& name = "weights.bin");

/// Asserts that the bytes are refused with a sentence that contains `words`.
void expectRefused(const std::string& bytes, const std::string& words, const std::string& name = "weights.bin");
/// Asserts that all values of the bytes' tensors add up to `sum`.
void expectLoads(const std::string& bytes, double sum, std::size_t tensors = 1);

std::string readFile(const std::filesystem::path& path);

}  // namespace vitrine::test
