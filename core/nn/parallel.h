// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <vector>

#include <ATen/Parallel.h>

namespace vitrine::nn {

/// at::parallel_for over [0, size), in pieces of at most `piece`: who is done with its own part takes pieces that another has not
/// begun.
/// A thread begins with the same part as in at::parallel_for, so that it meets what it wrote before; but where one is held up,
/// by other programs or a slower core, the others do not wait for it.
template <typename Work>
void parallelPieces(std::int64_t size, std::int64_t piece, const Work& work)
{
    const std::int64_t threads = std::min<std::int64_t>(at::get_num_threads(), size);
    if (threads <= 1 || at::in_parallel_region()) {
        work(0, size);
        return;
    }
    struct alignas(64) Part {
        std::atomic<std::int64_t> next = 0;
        std::int64_t end = 0;
    };
    std::vector<Part> parts(static_cast<std::size_t>(threads));
    for (std::int64_t i = 0; i < threads; ++i) {
        parts[static_cast<std::size_t>(i)].next = size * i / threads;
        parts[static_cast<std::size_t>(i)].end = size * (i + 1) / threads;
    }
    at::parallel_for(0, threads, 1, [&](std::int64_t first, std::int64_t last) {
        for (std::int64_t begin = first; begin < last; ++begin) {
            for (std::int64_t i = 0; i < threads; ++i) {
                Part& part = parts[static_cast<std::size_t>((begin + i) % threads)];
                for (std::int64_t at = part.next.fetch_add(piece); at < part.end; at = part.next.fetch_add(piece))
                    work(at, std::min(at + piece, part.end));
            }
        }
    });
}

}  // namespace vitrine::nn
