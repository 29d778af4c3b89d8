// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/nn/tile_order.h"

#include <set>
#include <utility>

#include <gtest/gtest.h>

namespace vitrine::nn {
namespace {

constexpr std::int64_t fits = 1000, doesNot = 1 << 20;

TEST(TileOrder, MeetsEveryTileOfEveryHeadOnce)
{
    for (const std::int64_t floats : {fits, doesNot}) {
        for (const std::int64_t tokens : {1, 8, 9, 127, 128, 129, 197, 1370}) {
            for (const std::int64_t heads : {1, 3, 12}) {
                const TileOrder order(tokens, heads, floats);
                std::set<std::pair<std::int64_t, std::int64_t>> met;
                for (std::int64_t i = 0; i < order.size(); ++i) {
                    const auto [head, row] = order[i];
                    ASSERT_TRUE(head >= 0 && head < heads && row >= 0 && row < tokens && row % TileOrder::rows == 0);
                    met.emplace(head, row);
                }
                ASSERT_EQ(static_cast<std::int64_t>(met.size()), order.size());
                ASSERT_EQ(order.size(), heads * ((tokens + 7) / 8));
            }
        }
    }
}

TEST(TileOrder, StaysWithAHeadWhereNotAllFitIntoTheCache)
{
    const auto changes = [](const TileOrder& order) {
        int count = 0;
        for (std::int64_t i = 1; i < order.size(); ++i)
            count += order[i].head != order[i - 1].head;
        return count;
    };
    EXPECT_EQ(changes(TileOrder(1370, 6, fits)), 172 * 6 - 1);
    EXPECT_EQ(changes(TileOrder(1370, 6, doesNot)), 11 * 6 - 1);
}

}  // namespace
}  // namespace vitrine::nn
