// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>

#include <zip.h>

namespace vitrine {

/// Where libzip writes an archive: straight into a file that is there. By itself it writes beside it and renames, under a
/// name that nobody removes where the program is killed.
class ZipSink {
public:
    explicit ZipSink(const std::filesystem::path& file);

    /// For zip_source_function_create().
    static zip_int64_t callback(void* self, void* data, zip_uint64_t length, zip_source_cmd_t command);

private:
    zip_int64_t answer(void* data, zip_uint64_t length, zip_source_cmd_t command);
    zip_int64_t failed(int code);

    std::unique_ptr<std::FILE, int (*)(std::FILE*)> m_file;
    zip_error_t m_error;
};

}  // namespace vitrine
