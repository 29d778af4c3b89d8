// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/result_cache.h"

#include <gtest/gtest.h>

namespace vitrine {
namespace {

TEST(ResultCache, KeepsWhatFitsAndDropsTheLeastRecent)
{
    const auto result = [] { return Result{{Image(10, 10, std::vector<std::uint8_t>(300)), {}}, nullptr}; };
    ResultCache cache(700);
    cache.insert(QStringLiteral("a"), result());
    cache.insert(QStringLiteral("b"), result());
    ASSERT_NE(cache.find(QStringLiteral("a")), nullptr);
    cache.insert(QStringLiteral("c"), result());
    EXPECT_EQ(cache.find(QStringLiteral("b")), nullptr);
    EXPECT_NE(cache.find(QStringLiteral("a")), nullptr);
    EXPECT_EQ(cache.bytes(), 600U);
    cache.insert(QStringLiteral("large"), Result{{Image(100, 100, std::vector<std::uint8_t>(30000)), {}}, nullptr});
    EXPECT_EQ(cache.size(), 1U);
}

}  // namespace
}  // namespace vitrine
