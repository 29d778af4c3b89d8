// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

namespace vitrine::kernels {

/// Memory of the calling thread for a kernel's scratch, kept from call to call; the next call on this thread reuses it.
inline float* threadScratch(std::int64_t floats)
{
    thread_local std::vector<float> memory;
    if (memory.size() < static_cast<std::size_t>(floats))
        memory.resize(static_cast<std::size_t>(floats));
    return memory.data();
}

}  // namespace vitrine::kernels
