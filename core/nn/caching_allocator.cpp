// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/nn/caching_allocator.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <mutex>
#include <new>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include <malloc.h>
#include <unistd.h>

#include <c10/core/CPUAllocator.h>

namespace vitrine::nn {

namespace {

constexpr std::size_t alignment = 64;
constexpr std::size_t smallest = std::size_t(16) << 10;  // below this malloc is quick

// A quarter of the machine's memory: a batch's trace is as large as that before one looks for a larger machine.
std::size_t mostKept()
{
    static const std::size_t bytes = static_cast<std::size_t>(sysconf(_SC_PHYS_PAGES)) / 4
                                     * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    return bytes;
}

// Kept by all engines together.
std::atomic<std::size_t> keptByAll = 0;

}  // namespace

class FreeBlocks {
public:
    ~FreeBlocks() { freeAll(); }

    void* take(std::size_t size)
    {
        const std::lock_guard lock(m_mutex);
        const auto found = m_blocks.find(size);
        if (found == m_blocks.end() || found->second.empty())
            return nullptr;
        std::vector<Block>& blocks = found->second;
        // What this thread gave back last is in its cache, what another did is in the other's.
        const auto own = std::ranges::find(blocks.rbegin(), blocks.rend(), std::this_thread::get_id(), &Block::giver);
        std::swap(own == blocks.rend() ? blocks.back() : *own, blocks.back());
        void* memory = blocks.back().memory;
        blocks.pop_back();
        keptByAll -= size;
        return memory;
    }

    void give(void* block, std::size_t size)
    {
        const std::lock_guard lock(m_mutex);
        if (keptByAll + size > mostKept())
            freeAll();
        if (m_isClosed || keptByAll + size > mostKept()) {
            std::free(block);
            return;
        }
        m_blocks[size].push_back({block, std::this_thread::get_id()});
        keptByAll += size;
    }

    // Its engine is gone: nothing is kept any more.
    void close()
    {
        const std::lock_guard lock(m_mutex);
        m_isClosed = true;
        freeAll();
    }

private:
    struct Block {
        void* memory;
        std::thread::id giver;
    };

    void freeAll()
    {
        for (auto& [size, blocks] : m_blocks) {
            for (const Block& block : blocks)
                std::free(block.memory);
            keptByAll -= size * blocks.size();
        }
        m_blocks.clear();
    }

    std::mutex m_mutex;
    std::unordered_map<std::size_t, std::vector<Block>> m_blocks;
    bool m_isClosed = false;
};

namespace {

// Of the engine whose call this thread is in; null outside of calls.
thread_local const std::shared_ptr<FreeBlocks>* present = nullptr;

// Before each block's data, so that freeing knows where it goes.
struct alignas(alignment) Header {
    std::size_t size = 0;
    std::shared_ptr<FreeBlocks> owner;  ///< null: malloc's
};

void release(void* data)
{
    if (data == nullptr)
        return;
    auto* header = static_cast<Header*>(data) - 1;
    const std::size_t size = header->size;
    const std::shared_ptr<FreeBlocks> owner = std::move(header->owner);
    header->~Header();
    if (owner)
        owner->give(header, size);
    else
        std::free(header);
}

class CachingAllocator final : public c10::Allocator {
public:
    c10::DataPtr allocate(std::size_t bytes) override
    {
        if (bytes == 0)
            return {nullptr, nullptr, &release, c10::Device(c10::kCPU)};
        if (bytes > static_cast<std::size_t>(-1) / 2)
            throw std::bad_alloc();
        const std::size_t size = (bytes + alignment - 1) / alignment * alignment;
        const std::shared_ptr<FreeBlocks> owner = size < smallest || present == nullptr ? nullptr : *present;
        void* block = owner ? owner->take(size) : nullptr;
        if (block == nullptr)
            block = std::aligned_alloc(alignment, size + sizeof(Header));
        if (block == nullptr)
            throw std::bad_alloc();
        auto* header = new (block) Header{size, owner};
        void* data = header + 1;
        return {data, data, &release, c10::Device(c10::kCPU)};
    }
    c10::DeleterFnPtr raw_deleter() const override { return &release; }
    void copy_data(void* to, const void* from, std::size_t bytes) const override { default_copy_data(to, from, bytes); }
};

void installCachingAllocator()
{
    static const bool installed = [] {
        c10::SetCPUAllocator(new CachingAllocator);
        return true;
    }();
    static_cast<void>(installed);
}

}  // namespace

EngineMemory::EngineMemory()
    : m_blocks(std::make_shared<FreeBlocks>())
{
    installCachingAllocator();
}

EngineMemory::~EngineMemory()
{
    m_blocks->close();
    // malloc keeps large blocks for itself once some were freed.
    malloc_trim(0);
}

EngineMemory::Use::Use(const EngineMemory& memory)
    : m_before(std::exchange(present, &memory.m_blocks))
{
}

EngineMemory::Use::~Use()
{
    present = m_before;
}

}  // namespace vitrine::nn
