// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/explain/what_if.h"

#include <gtest/gtest.h>

namespace vitrine {
namespace {

ModelSpec spec()
{
    ModelSpec result;
    result.patchHeight = result.patchWidth = 2;
    result.imageHeight = 4;
    result.imageWidth = 6;
    return result;
}

PreparedImage smallPicture()
{
    PreparedImage result;
    std::vector<float> values(3 * 4 * 6);
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = static_cast<float>(i + 1);
    result.input = NdArray({3, 4, 6}, std::move(values));
    return result;
}

TEST(WhatIf, ReplacesThePixelsOfAPatchInEveryChannel)
{
    const PreparedImage before = smallPicture(), after = without(before, {4}, Baseline::Zero, spec());
    for (int channel = 0; channel < 3; ++channel)
        for (int y = 0; y < 4; ++y)
            for (int x = 0; x < 6; ++x) {
                const bool inside = y >= 2 && x >= 2 && x < 4;  // patch 4 is row 1, column 1
                EXPECT_EQ(after.input.at({channel, y, x}), inside ? 0 : before.input.at({channel, y, x}));
            }
}

TEST(WhatIf, TheMeanIsThatOfEachChannel)
{
    const PreparedImage after = without(smallPicture(), {0}, Baseline::Mean, spec());
    EXPECT_FLOAT_EQ(after.input.at({0, 0, 0}), 12.5F);
    EXPECT_FLOAT_EQ(after.input.at({1, 1, 1}), 36.5F);
}

TEST(WhatIf, KnowsWhetherItIsAnotherPictureAlone)
{
    EXPECT_TRUE((WhatIf{{1}, Baseline::Blur, {}}).changesPixelsAlone());
    EXPECT_FALSE((WhatIf{{1}, std::nullopt, {}}).changesPixelsAlone());
    EXPECT_FALSE((WhatIf{{1}, Baseline::Zero, {{0, 0}}}).changesPixelsAlone());
    EXPECT_TRUE(WhatIf().empty());
}

}  // namespace
}  // namespace vitrine
