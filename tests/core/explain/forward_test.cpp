// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/explain/forward.h"

#include <gmock/gmock.h>

#include "tests/core/trace/small_trace.h"

namespace vitrine {
namespace {

using testing::ElementsAre;

std::vector<float> valuesOf(const NdArray& array)
{
    return {array.values().begin(), array.values().end()};
}

TEST(Forward, PatchesAreCutByChannelRowAndColumn)
{
    ModelSpec spec = test::gridSpec(1, 2, 2);
    // A column too many, which belongs to no patch.
    const NdArray input = test::filled({3, 2, 5}, [](std::int64_t i) { return static_cast<double>(i); });
    spec.imageWidth = 5;
    const NdArray patches = cutIntoPatches(input, spec);
    EXPECT_EQ(patches.shape(), (Shape{2, 12}));
    EXPECT_THAT(valuesOf(patches[1]), ElementsAre(2, 3, 7, 8, 12, 13, 17, 18, 22, 23, 27, 28));
}

TEST(Forward, NormalisedRowsHaveMeanZeroAndVarianceOne)
{
    const NdArray rows = normalised(NdArray({2, 2}, {1, 3, -4, -4}), 0.0625);
    // Deviation 1 and 0, each with epsilon under the root.
    EXPECT_THAT(valuesOf(rows), testing::Pointwise(testing::FloatEq(), {-0.9701425F, 0.9701425F, 0.0F, 0.0F}));
}

TEST(Forward, RowsWithoutAMeanHaveMeanSquareOne)
{
    const NdArray row = normalised(NdArray({1, 2}, {3, 4}), 0, false);
    EXPECT_THAT(valuesOf(row), testing::Pointwise(testing::FloatEq(), {0.84852814F, 1.1313708F}));
}

TEST(Forward, InnerTokensAreAddedToThePatchesAlone)
{
    Trace trace = test::traceOf(test::gridSpec(1, 2, 2));
    trace.tokens = {NdArray({3, 2}, {1, 2, 3, 4, 5, 6})};
    EXPECT_THAT(valuesOf(attentionInput(trace, 0)), ElementsAre(1, 2, 3, 4, 5, 6));
    trace.innerProjection = {NdArray({2, 2}, {10, 20, 30, 40})};
    EXPECT_THAT(valuesOf(attentionInput(trace, 0)), ElementsAre(1, 2, 13, 24, 35, 46));
    EXPECT_TRUE(attentionInput(trace, 1).empty());
}

TEST(Forward, TheHeadReadsClsTheMeanOrBoth)
{
    ModelSpec spec = test::gridSpec(1, 2, 2);
    spec.layers = 1;
    spec.finalNorm = false;
    const auto pooled = [&](Pool pool) {
        spec.pool = pool;
        Trace trace = test::traceOf(spec);
        trace.tokens = {NdArray(), NdArray({3, 2}, {1, 2, 3, 4, 5, 8})};
        return valuesOf(pooledTokens(trace));
    };
    EXPECT_THAT(pooled(Pool::Cls), ElementsAre(1, 2));
    EXPECT_THAT(pooled(Pool::Mean), ElementsAre(4, 6));
    EXPECT_THAT(pooled(Pool::ClsMean), ElementsAre(1, 2, 4, 6));
}

}  // namespace
}  // namespace vitrine
