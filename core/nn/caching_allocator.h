// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

namespace vitrine::nn {

class FreeBlocks;

/// CPU memory of one engine's tensors: what they give back, on whatever thread, is kept for tensors of the same size, since
/// every pass over a model asks for the same sizes and new pages cost a tenth of a small model's pass. All engines together
/// keep at most a quarter of the machine's memory. When this goes, so does what it kept; tensors may outlive it.
class EngineMemory {
public:
    EngineMemory();
    ~EngineMemory();
    EngineMemory(const EngineMemory&) = delete;
    EngineMemory& operator=(const EngineMemory&) = delete;

    /// While it lives, tensors that this thread makes are this engine's.
    class Use {
    public:
        explicit Use(const EngineMemory& memory);
        ~Use();
        Use(const Use&) = delete;
        Use& operator=(const Use&) = delete;

    private:
        const std::shared_ptr<FreeBlocks>* m_before;
    };

private:
    std::shared_ptr<FreeBlocks> m_blocks;
};

}  // namespace vitrine::nn
