// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trace/trace.h"

#include <cmath>
#include <numeric>

#include <gmock/gmock.h>

#include "tests/core/trace/small_trace.h"

namespace vitrine {
namespace {

const NdArray logits({5}, {2, -1, 0.5F, 7, 3});

TEST(Probabilities, AreNumPysSoftmax)
{
    const std::vector<float> result = probabilities(logits);
    const std::vector<float> expected{0.00656149215F, 0.000326677458F, 0.00146406679F, 0.973811779F, 0.0178359849F};
    EXPECT_THAT(result, testing::Pointwise(testing::FloatNear(1e-7F), expected));
}

TEST(Probabilities, StayFiniteForLargeLogits)
{
    EXPECT_THAT(probabilities(NdArray({2}, {1e4F, 1e4F})), testing::ElementsAre(0.5F, 0.5F));
    EXPECT_THAT(probabilities(NdArray({2}, {-1e4F, 1e4F})), testing::ElementsAre(0.0F, 1.0F));
    EXPECT_TRUE(probabilities(NdArray()).empty());
}

TEST(TopK, OrdersByLogitAndKeepsProbabilitiesOverAllClasses)
{
    const std::vector<Prediction> best = topK(logits, 3);
    ASSERT_EQ(best.size(), 3U);
    EXPECT_EQ(best[0].index, 3);
    EXPECT_EQ(best[1].index, 4);
    EXPECT_EQ(best[2].index, 0);
    EXPECT_EQ(best[0].logit, 7);
    EXPECT_NEAR(best[1].probability, 0.0178359849, 1e-7);
    EXPECT_EQ(topClass(logits), 3);
    EXPECT_EQ(topClass(NdArray({4}, {NAN, 1, 3, 3})), 2);
}

TEST(TopK, GivesAtMostAllClassesAndNeverFewerThanNone)
{
    EXPECT_EQ(topK(logits, 99).size(), 5U);
    EXPECT_TRUE(topK(logits, 0).empty());
    EXPECT_TRUE(topK(logits, -1).empty());
    EXPECT_TRUE(topK(NdArray(), 5).empty());
}

TEST(TopK, PutsEqualLogitsInTheOrderOfTheirIndex)
{
    const std::vector<Prediction> best = topK(NdArray({4}, {1, 2, 2, 1}), 4);
    std::vector<int> order;
    for (const Prediction& prediction : best)
        order.push_back(prediction.index);
    EXPECT_THAT(order, testing::ElementsAre(1, 2, 0, 3));
}

TEST(TopK, PutsNanLast)
{
    for (const std::vector<float>& values : {std::vector<float>{NAN, 1, NAN, 4}, {1, NAN, 4, NAN}, {NAN, 4, 1, NAN}}) {
        const std::vector<Prediction> best = topK(NdArray({4}, values), 4);
        ASSERT_EQ(best.size(), 4U);
        EXPECT_EQ(best[0].logit, 4);
        EXPECT_EQ(best[1].logit, 1);
        EXPECT_TRUE(std::isnan(best[2].logit));
        EXPECT_LT(best[2].index, best[3].index);
    }
}

TEST(Trace, CountsTheBytesOfAllItsArraysAndPixels)
{
    Trace trace = test::traceOf(test::gridSpec(2, 2, 4));
    EXPECT_EQ(trace.bytes(), 0U);
    trace.picture.view = Image(8, 8, std::vector<std::uint8_t>(8 * 8 * 3));
    trace.attention = {test::uniformAttention(1, 5), NdArray()};
    trace.logits = logits;
    trace.innerProjection = {test::filled({4, 2}, [](std::int64_t) { return 1; })};
    EXPECT_EQ(trace.bytes(), 192U + 4U * (25 + 5 + 8));
}

}  // namespace
}  // namespace vitrine
