// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/ndarray.h"

#include <gtest/gtest.h>

#include "core/base/error.h"

namespace vitrine {
namespace {

TEST(NdArray, IndexesRowMajorAndSharesMemory)
{
    const NdArray array({2, 3}, {0, 1, 2, 3, 4, 5});
    EXPECT_EQ(array.at({1, 2}), 5);
    const NdArray row = array[1];
    EXPECT_EQ(row.shape(), (Shape{3}));
    EXPECT_EQ(row.data(), array.data() + 3);
    EXPECT_EQ(array.reshaped({6}).data(), array.data());
    EXPECT_EQ(array.dim(-1), 3);
}

TEST(NdArray, KeepsTheOwnerAlive)
{
    NdArray row;
    {
        const NdArray array({2, 2}, {1, 2, 3, 4});
        row = array[1];
    }
    EXPECT_EQ(row.at({1}), 4);
}

TEST(Shape, CountsElements)
{
    EXPECT_EQ(elementCount({}), 1);
    EXPECT_EQ(elementCount({4, 0}), 0);
    EXPECT_THROW(elementCount({-1}), Error);
    EXPECT_THROW(elementCount({std::int64_t(1) << 62, 4}), Error);
    EXPECT_EQ(toString(Shape{197, 768}), "197x768");
    EXPECT_EQ(toString(Shape{}), "scalar");
}

}  // namespace
}  // namespace vitrine
