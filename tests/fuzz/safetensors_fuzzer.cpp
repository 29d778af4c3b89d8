// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fuzz/open_bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    // Other kinds have their own targets.
    if (size < 9 || data[4] != 0 || data[5] != 0 || data[6] != 0 || data[7] != 0)
        return -1;
    vitrine::openBytes(data, size);
    return 0;
}
