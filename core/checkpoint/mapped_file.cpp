// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/mapped_file.h"

#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/checkpoint/report.h"

namespace vitrine {
namespace {

class Descriptor {
public:
    explicit Descriptor(int value)
        : m_value(value)
    {
    }
    ~Descriptor()
    {
        if (m_value >= 0)
            ::close(m_value);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return m_value; }

private:
    int m_value;
};

[[noreturn]] void failWithErrno(const std::filesystem::path& path)
{
    fail(path, "cannot be read: " + std::generic_category().message(errno) + ".");
}

}  // namespace

std::shared_ptr<const MappedFile> MappedFile::open(const std::filesystem::path& path)
{
    // O_NONBLOCK: opening a pipe without a writer must not hang.
    const Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (descriptor.get() < 0)
        failWithErrno(path);
    struct stat status {};
    if (::fstat(descriptor.get(), &status) != 0)
        failWithErrno(path);
    if (!S_ISREG(status.st_mode))
        fail(path, "is not a regular file; give a weight file or a folder that holds one.");
    const auto size = static_cast<std::size_t>(status.st_size);
    if (size == 0)
        fail(path, "is empty; copy or download it again.");
    void* address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor.get(), 0);
    if (address == MAP_FAILED)
        failWithErrno(path);
    const ByteSpan bytes(static_cast<const std::uint8_t*>(address), size);
    return std::shared_ptr<const MappedFile>(new MappedFile(path, bytes));
}

MappedFile::MappedFile(std::filesystem::path path, ByteSpan bytes)
    : m_path(std::move(path))
    , m_bytes(bytes)
{
}

std::shared_ptr<const void> MappedFile::holdPages(std::shared_ptr<const MappedFile> file, ByteSpan part)
{
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    const auto start = static_cast<std::size_t>(part.data() - file->bytes().data());
    const std::size_t first = (start + page - 1) / page * page, last = (start + part.size()) / page * page;
    if (first >= last)
        return file;
    auto* address = const_cast<std::uint8_t*>(file->bytes().data()) + first;
    return {address, [file, size = last - first](void* pages) { ::madvise(pages, size, MADV_DONTNEED); }};
}

MappedFile::~MappedFile()
{
    ::munmap(const_cast<std::uint8_t*>(m_bytes.data()), m_bytes.size());
}

}  // namespace vitrine
