// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/explain/attention.h"

#include <gmock/gmock.h>

#include "core/base/error.h"
#include "core/explain/head_metrics.h"
#include "tests/core/trace/random_factors.h"
#include "tests/core/trace/small_trace.h"

namespace vitrine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

/// Three heads of three tokens; no two rows or columns are alike.
const NdArray threeHeads({3, 3, 3}, {1,  2,  3,  4,  5,  6,  7,  8,  9,   //
                                     10, 20, 30, 40, 50, 60, 70, 80, 90,  //
                                     0,  9,  1,  8,  2,  7,  3,  6,  4});

TEST(AttentionOf, ReadsARowOrAColumnOfOneHead)
{
    const HeadChoice second{HeadFusion::Single, 1, {}};
    EXPECT_THAT(attentionOf(threeHeads, second, 1, Direction::LooksAt), ElementsAre(40, 50, 60));
    EXPECT_THAT(attentionOf(threeHeads, second, 1, Direction::LookedAtBy), ElementsAre(20, 50, 80));
}

TEST(AttentionOf, FusesHeads)
{
    EXPECT_THAT(attentionOf(threeHeads, {HeadFusion::Mean, 0, {0, 1}}, 0, Direction::LooksAt), ElementsAre(5.5F, 11, 16.5F));
    EXPECT_THAT(attentionOf(threeHeads, {HeadFusion::Max, 0, {}}, 0, Direction::LookedAtBy), ElementsAre(10, 40, 70));
    EXPECT_THAT(attentionOf(threeHeads, {HeadFusion::Min, 0, {}}, 2, Direction::LookedAtBy), ElementsAre(1, 6, 4));
    EXPECT_THAT(attentionOf(threeHeads, {}, 0, Direction::LooksAt),
                testing::Pointwise(testing::FloatEq(), {11 / 3.0F, 31 / 3.0F, 34 / 3.0F}));
}

TEST(FuseHeads, AgreesWithEveryRowAndColumn)
{
    for (const HeadFusion fusion : {HeadFusion::Single, HeadFusion::Mean, HeadFusion::Max, HeadFusion::Min}) {
        const HeadChoice choice{fusion, 2, {}};
        const NdArray matrix = fuseHeads(threeHeads, choice);
        ASSERT_EQ(matrix.shape(), (Shape{3, 3}));
        for (int token = 0; token < 3; ++token) {
            const std::vector<float> row = attentionOf(threeHeads, choice, token, Direction::LooksAt);
            const std::vector<float> column = attentionOf(threeHeads, choice, token, Direction::LookedAtBy);
            for (int other = 0; other < 3; ++other) {
                EXPECT_EQ(matrix.at({token, other}), row[static_cast<std::size_t>(other)]);
                EXPECT_EQ(matrix.at({other, token}), column[static_cast<std::size_t>(other)]);
            }
        }
    }
}

TEST(FuseHeads, SharesTheMemoryOfASingleHead)
{
    EXPECT_EQ(fuseHeads(threeHeads, {HeadFusion::Single, 2, {}}).data(), threeHeads.data() + 18);
}

TEST(FuseRows, FusesHeadsAsAMatrixIs)
{
    const NdArray pooling({2, 3}, {1, 5, 3, 3, 2, 9});
    const auto fused = [&](HeadFusion fusion, int head = 0) { return fuseRows(pooling, {fusion, head, {}}); };
    EXPECT_EQ(fused(HeadFusion::Mean), (std::vector<float>{2, 3.5F, 6}));
    EXPECT_EQ(fused(HeadFusion::Max), (std::vector<float>{3, 5, 9}));
    EXPECT_EQ(fused(HeadFusion::Min), (std::vector<float>{1, 2, 3}));
    EXPECT_EQ(fused(HeadFusion::Single, 1), (std::vector<float>{3, 2, 9}));
    EXPECT_THROW(fused(HeadFusion::Single, 2), Error);
}

TEST(AttentionOf, NamesWhatIsNotThere)
{
    const HeadChoice mean;
    const auto of = [](const NdArray& array, const HeadChoice& choice, int token) {
        return [=] { attentionOf(array, choice, token, Direction::LooksAt); };
    };
    EXPECT_THAT(of(threeHeads, mean, 3), ThrowsMessage<Error>(HasSubstr("no token 3: the tokens are 0 to 2")));
    EXPECT_THAT(of(threeHeads, mean, -1), ThrowsMessage<Error>(HasSubstr("no token -1")));
    EXPECT_THAT(of(threeHeads, {HeadFusion::Single, 3, {}}, 0),
                ThrowsMessage<Error>(HasSubstr("no head 3: the heads are 0 to 2")));
    EXPECT_THAT(of(threeHeads, {HeadFusion::Max, 0, {1, 7}}, 0), ThrowsMessage<Error>(HasSubstr("no head 7")));
    EXPECT_THAT(of(NdArray(), mean, 0), ThrowsMessage<Error>(HasSubstr("was not recorded")));
    EXPECT_THAT(of(threeHeads[0], mean, 0), ThrowsMessage<Error>(HasSubstr("shape 3x3")));
}

TEST(HeadChoice, SaysWhatItIs)
{
    EXPECT_EQ(toString(HeadChoice{HeadFusion::Single, 3, {}}), "head 3");
    EXPECT_EQ(toString(HeadChoice{}), "mean of heads");
    EXPECT_EQ(toString(HeadChoice{HeadFusion::Max, 0, {0, 2, 5}}), "max of heads 0, 2, 5");
    EXPECT_EQ(toString(HeadChoice{HeadFusion::Min, 0, {4}}), "min of heads 4");
}

TEST(FactorsOfAttention, AreReadAsTheMatricesThatTheyStandFor)
{
    const ModelSpec spec = [] {
        ModelSpec grid = test::gridSpec(3, 4, 4);
        grid.heads = 3;
        return grid;
    }();
    const LayerAttention factors = test::randomFactors(3, spec.tokens(), 5, 1), whole(factors.matrices());
    const auto values = [](const NdArray& array) { return std::vector(array.values().begin(), array.values().end()); };
    for (const HeadFusion fusion : {HeadFusion::Single, HeadFusion::Mean, HeadFusion::Max, HeadFusion::Min}) {
        const HeadChoice choice{fusion, 2, {}};
        EXPECT_EQ(values(fuseHeads(factors, choice)), values(fuseHeads(whole, choice)));
        EXPECT_EQ(values(rowsOf(factors, choice, {7, 2})), values(rowsOf(whole, choice, {7, 2})));
        for (const Direction direction : {Direction::LooksAt, Direction::LookedAtBy})
            EXPECT_EQ(attentionOf(factors, choice, 4, direction), attentionOf(whole, choice, 4, direction));
    }
    for (const HeadMetric metric : headMetrics)
        EXPECT_EQ(values(headMetric(factors, spec, metric)), values(headMetric(whole, spec, metric)));
}

// More rows than are computed at once.
TEST(LayerAttention, HeadMetricsOfALongSequenceHaveTheBitsOfItsMatrices)
{
    ModelSpec spec = test::gridSpec(13, 21, 4);
    spec.heads = 2;
    const LayerAttention factors = test::randomFactors(2, spec.tokens(), 16, 1), whole(factors.matrices());
    for (const HeadMetric metric : headMetrics) {
        const NdArray found = headMetric(factors, spec, metric), expected = headMetric(whole, spec, metric);
        EXPECT_TRUE(std::ranges::equal(found.values(), expected.values())) << static_cast<int>(metric);
    }
    std::stop_source stop;
    stop.request_stop();
    EXPECT_THROW(headMetric(factors, spec, HeadMetric::Entropy, stop.get_token()), Cancelled);
}

}  // namespace
}  // namespace vitrine
