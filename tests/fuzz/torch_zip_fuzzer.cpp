// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstring>

#include "tests/fuzz/open_bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    // Every archive begins with an entry.
    if (size < 4 || std::memcmp(data, "PK\3\4", 4) != 0)
        return -1;
    vitrine::openBytes(data, size);
    return 0;
}
