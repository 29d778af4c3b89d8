// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/explain/embeddings.h"

#include <cmath>

#include <gmock/gmock.h>

#include "tests/core/trace/small_trace.h"

namespace vitrine {
namespace {

using testing::ElementsAre;
using testing::FloatNear;
using testing::IsEmpty;
using testing::Pointwise;

const NdArray fourRows({4, 3}, {1, 2, 3, 4, -5, 6, 0, 0, 0, -1, -2, -3});

TEST(RowNorms, AreEuclidean)
{
    EXPECT_THAT(rowNorms(fourRows).values(), Pointwise(FloatNear(1e-6F), {3.741657387F, 8.774964387F, 0.0F, 3.741657387F}));
}

TEST(CosineSimilarity, IsNumPys)
{
    const NdArray similarity = cosineSimilarity(fourRows);
    EXPECT_EQ(similarity.shape(), (Shape{4, 4}));
    const float other = 0.365486942F;
    EXPECT_THAT(similarity.values(), Pointwise(FloatNear(1e-6F), {1.0F, other, 0.0F, -1.0F, other, 1.0F, 0.0F, -other, 0.0F,
                                                                  0.0F, 0.0F, 0.0F, -1.0F, -other, 0.0F, 1.0F}));
}

TEST(CosineSimilarity, HoldsAcrossItsBlocksOfRows)
{
    // 70 rows need three blocks; widths that are no multiple of a vector.
    const NdArray many = test::filled({70, 19}, [](std::int64_t i) { return static_cast<double>(i * i % 101) - 50; });
    const NdArray similarity = cosineSimilarity(many);
    for (int i = 0; i < 70; ++i)
        for (int j = 0; j < 70; ++j) {
            double product = 0, first = 0, second = 0;
            for (int k = 0; k < 19; ++k) {
                product += static_cast<double>(many.at({i, k})) * many.at({j, k});
                first += std::pow(many.at({i, k}), 2);
                second += std::pow(many.at({j, k}), 2);
            }
            ASSERT_NEAR(similarity.at({i, j}), product / std::sqrt(first * second), 1e-5) << i << ", " << j;
        }
}

TEST(CosineSimilarity, TakesTheSmallestNumbersAndShowsNan)
{
    const NdArray tiny = cosineSimilarity(NdArray({2, 1}, {1e-42F, -3.0F}));
    EXPECT_THAT(tiny.values(), ElementsAre(1, -1, -1, 1));
    EXPECT_TRUE(std::isnan(cosineSimilarity(NdArray({2, 1}, {NAN, 1})).at({0, 1})));
}

TEST(OutlierTokens, AreFarAboveTheOtherPatches)
{
    // Median of the patches 10, median distance 1: the limit is the larger of 10 + 6 * 1.4826 and 2 * 10.
    std::vector<float> norms{500, 9, 11, 10, 9, 11, 10, 9, 11, 21};
    EXPECT_THAT(outlierTokens(NdArray({10}, norms), 1), ElementsAre(9));
    norms[9] = 19;
    EXPECT_THAT(outlierTokens(NdArray({10}, norms), 1), IsEmpty());
}

TEST(OutlierTokens, AreMeasuredByTheSpreadOfThePatches)
{
    // Median 10, distances 4 4 0 4 4 4 4 15: 10 + 6 * 1.4826 * 4 = 45.58.
    std::vector<float> norms{6, 14, 10, 6, 14, 6, 14, 45};
    EXPECT_THAT(outlierTokens(NdArray({8}, norms), 0), IsEmpty());
    norms[7] = 57;
    EXPECT_THAT(outlierTokens(NdArray({8}, norms), 0), ElementsAre(7));
}

TEST(OutlierTokens, AreNeverPrefixTokens)
{
    EXPECT_THAT(outlierTokens(NdArray({6}, {900, 800, 1, 1, 1, 1}), 2), IsEmpty());
    EXPECT_THAT(outlierTokens(NdArray({2}, {900, 1}), 2), IsEmpty());
    EXPECT_THAT(outlierTokens(NdArray({6}, {900, 800, 1, 1, 1, 70}), 2), ElementsAre(5));
}

}  // namespace
}  // namespace vitrine
