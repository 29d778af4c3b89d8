// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fuzz/open_bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    // Every legacy file is a pickle.
    if (size < 2 || data[0] != 0x80)
        return -1;
    vitrine::openBytes(data, size);
    return 0;
}
