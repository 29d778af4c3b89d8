// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

#include "core/nn/caching_allocator.h"

namespace vitrine::nn {

/// Lives while an engine works on this thread. What LibTorch keeps for a thread is set anew at each call: another engine may
/// have run on it since the last.
class EngineCall {
public:
    EngineCall(int threads, const EngineMemory& memory)
        : m_memory(memory)
    {
        if (at::get_num_threads() != threads)
            at::set_num_threads(threads);
    }

private:
    c10::InferenceMode m_mode;
    EngineMemory::Use m_memory;
};

}  // namespace vitrine::nn
