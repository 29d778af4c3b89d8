// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fuzz/open_bytes.h"

#include <cstdlib>
#include <string>

#include <sys/mman.h>
#include <unistd.h>

#include "core/checkpoint/checkpoint.h"

namespace vitrine {
namespace {

void readAll(const std::string& path)
{
    const Checkpoint checkpoint = Checkpoint::open(path);
    for (const TensorInfo& tensor : checkpoint.tensors()) {
        try {
            const NdArray array = checkpoint.read(tensor.name);
            volatile float last = array.empty() ? 0.0F : array.values().back();
            static_cast<void>(last);
        } catch (const Error& error) {
            if (*error.what() == '\0')
                std::abort();
        }
    }
}

}  // namespace

void openBytes(const std::uint8_t* data, std::size_t size)
{
    // A file in memory: the readers map files, and the disk would be the slowest part.
    static const int descriptor = ::memfd_create("fuzz", MFD_CLOEXEC);
    if (::ftruncate(descriptor, 0) != 0 || ::pwrite(descriptor, data, size, 0) != static_cast<ssize_t>(size))
        std::abort();
    try {
        readAll("/proc/self/fd/" + std::to_string(descriptor));
    } catch (const Error& error) {
        if (*error.what() == '\0')
            std::abort();
    }
}

}  // namespace vitrine
