// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/nn/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

namespace vitrine::nn {
namespace {

class ParallelPieces : public testing::Test {
protected:
    ParallelPieces() { at::set_num_threads(2); }
    ~ParallelPieces() override { at::set_num_threads(m_before); }

private:
    int m_before = at::get_num_threads();
};

TEST_F(ParallelPieces, DoesEachThingOnceInPiecesThatAreNotLarger)
{
    for (const std::int64_t size : {0, 1, 2, 7, 100}) {
        for (const std::int64_t piece : {1, 3, 50, 1000}) {
            std::vector<std::atomic<int>> done(static_cast<std::size_t>(size));
            std::atomic<bool> tooLarge = false;
            parallelPieces(size, piece, [&](std::int64_t first, std::int64_t last) {
                if (last - first > piece)
                    tooLarge = true;
                for (std::int64_t i = first; i < last; ++i)
                    ++done[static_cast<std::size_t>(i)];
            });
            for (const std::atomic<int>& each : done)
                EXPECT_EQ(each, 1) << size << " in pieces of " << piece;
            EXPECT_FALSE(tooLarge) << size << " in pieces of " << piece;
        }
    }
}

TEST_F(ParallelPieces, WhoIsHeldUpLeavesTheRestToTheOthers)
{
    constexpr std::int64_t size = 40;
    std::atomic<std::int64_t> done = 0;
    std::atomic<bool> begun = false;
    bool waitedInVain = false;
    parallelPieces(size, 2, [&](std::int64_t first, std::int64_t last) {
        if (first == 0 && !begun.exchange(true)) {
            const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
            while (done < size - 2 && std::chrono::steady_clock::now() < until)
                std::this_thread::yield();
            waitedInVain = done < size - 2;
        }
        done += last - first;
    });
    EXPECT_EQ(done, size);
    EXPECT_FALSE(waitedInVain) << "its own part was left to it";
}

}  // namespace
}  // namespace vitrine::nn
