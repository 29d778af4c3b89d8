// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/output/zip_sink.h"

#include <cerrno>

namespace vitrine {

ZipSink::ZipSink(const std::filesystem::path& file)
    : m_file(std::fopen(file.c_str(), "wbe"), std::fclose)
{
    zip_error_init(&m_error);
    if (!m_file)
        failed(ZIP_ER_OPEN);
}

zip_int64_t ZipSink::callback(void* self, void* data, zip_uint64_t length, zip_source_cmd_t command)
{
    return static_cast<ZipSink*>(self)->answer(data, length, command);
}

zip_int64_t ZipSink::failed(int code)
{
    zip_error_set(&m_error, code, errno);
    return -1;
}

zip_int64_t ZipSink::answer(void* data, zip_uint64_t length, zip_source_cmd_t command)
{
    switch (command) {
    case ZIP_SOURCE_SUPPORTS:
        return ZIP_SOURCE_SUPPORTS_WRITABLE;
    case ZIP_SOURCE_BEGIN_WRITE:
        return m_file ? 0 : -1;
    case ZIP_SOURCE_WRITE:
        return std::fwrite(data, 1, length, m_file.get()) == length ? static_cast<zip_int64_t>(length) : failed(ZIP_ER_WRITE);
    case ZIP_SOURCE_TELL_WRITE: {
        const auto at = ::ftello(m_file.get());
        return at < 0 ? failed(ZIP_ER_TELL) : at;
    }
    case ZIP_SOURCE_SEEK_WRITE: {
        const auto* const to = ZIP_SOURCE_GET_ARGS(zip_source_args_seek_t, data, length, &m_error);
        return to != nullptr && ::fseeko(m_file.get(), to->offset, to->whence) == 0 ? 0 : failed(ZIP_ER_SEEK);
    }
    case ZIP_SOURCE_COMMIT_WRITE:
        return std::fflush(m_file.get()) == 0 ? 0 : failed(ZIP_ER_WRITE);
    case ZIP_SOURCE_STAT: {
        // What is there before is nothing that could be read.
        zip_stat_t stat;
        zip_stat_init(&stat);
        stat.size = 0;
        stat.valid = ZIP_STAT_SIZE;
        *static_cast<zip_stat_t*>(data) = stat;
        return sizeof stat;
    }
    case ZIP_SOURCE_ERROR:
        return zip_error_to_data(&m_error, data, length);
    case ZIP_SOURCE_OPEN:
    case ZIP_SOURCE_ROLLBACK_WRITE:
    case ZIP_SOURCE_REMOVE:
    case ZIP_SOURCE_CLOSE:
    case ZIP_SOURCE_FREE:
        return 0;
    default:
        return failed(ZIP_ER_OPNOTSUPP);
    }
}

}  // namespace vitrine
