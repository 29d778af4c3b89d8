// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/explain/head_metrics.h"

#include <cmath>

#include <gmock/gmock.h>

#include "core/base/error.h"
#include "tests/core/trace/small_trace.h"

namespace vitrine {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

float one(const NdArray& layer, const ModelSpec& spec, HeadMetric metric)
{
    return headMetric(layer, spec, metric).at({0});
}

struct Grid {
    int side, patch;
    double distance;
};

class UniformDistance : public testing::TestWithParam<Grid> {};

TEST_P(UniformDistance, IsTheMeanOverAllPairsOfPatches)
{
    const auto [side, patch, distance] = GetParam();
    const ModelSpec spec = test::gridSpec(side, side, patch);
    EXPECT_NEAR(one(test::uniformAttention(1, spec.tokens()), spec, HeadMetric::MeanDistance), distance, 1e-4);
}

INSTANTIATE_TEST_SUITE_P(Grids, UniformDistance,
                         testing::Values(Grid{14, 16, 116.4922}, Grid{7, 32, 115.5029}, Grid{24, 16, 200.0480},
                                         Grid{28, 8, 116.7216}, Grid{16, 14, 116.5651}, Grid{4, 4, 8.0321}),
                         [](const auto& grid) {
                             return std::to_string(grid.param.side) + "x" + std::to_string(grid.param.side) + "P"
                                    + std::to_string(grid.param.patch);
                         });

TEST(MeanDistance, IsZeroWhereEveryTokenLooksAtItself)
{
    const ModelSpec spec = test::gridSpec(5, 3, 16);
    EXPECT_EQ(one(test::identityAttention(1, spec.tokens()), spec, HeadMetric::MeanDistance), 0);
}

TEST(MeanDistance, LeavesPrefixTokensOut)
{
    // Half of each row's weight on prefix tokens changes nothing once the rows are renormalised.
    ModelSpec spec = test::gridSpec(14, 14, 16);
    spec.registers = 4;
    const int tokens = spec.tokens();
    const NdArray layer = test::filled({1, tokens, tokens}, [=](std::int64_t i) {
        return i % tokens < spec.prefixTokens() ? 0.5 / spec.prefixTokens() : 0.5 / spec.patches();
    });
    EXPECT_NEAR(one(layer, spec, HeadMetric::MeanDistance), 116.4922, 1e-4);
}

TEST(MeanDistance, LeavesQueriesOutThatLookAtPrefixTokensAlone)
{
    // Of the two patches, 16 pixels apart, one looks at the other and one at CLS.
    const ModelSpec spec = test::gridSpec(1, 2, 16);
    EXPECT_FLOAT_EQ(one(NdArray({1, 3, 3}, {1, 0, 0, 0, 0, 1, 1, 0, 0}), spec, HeadMetric::MeanDistance), 16);
    EXPECT_TRUE(std::isnan(one(NdArray({1, 3, 3}, {1, 0, 0, 1, 0, 0, 1, 0, 0}), spec, HeadMetric::MeanDistance)));
}

class UniformEntropy : public testing::TestWithParam<std::pair<int, double>> {};

TEST_P(UniformEntropy, IsTheLogarithmOfTheTokens)
{
    const auto [tokens, entropy] = GetParam();
    ModelSpec spec = test::gridSpec(1, tokens, 1);
    spec.cls = false;
    EXPECT_NEAR(one(test::uniformAttention(1, tokens), spec, HeadMetric::Entropy), entropy, 6e-6);
    EXPECT_EQ(one(test::identityAttention(1, tokens), spec, HeadMetric::Entropy), 0);
}

INSTANTIATE_TEST_SUITE_P(Tokens, UniformEntropy,
                         testing::Values(std::pair(197, 5.28320), std::pair(196, 5.27811), std::pair(50, 3.91202),
                                         std::pair(577, 6.35784), std::pair(16, 2.77259)));

/// Rows that sum to 1 and differ everywhere; a second head that is uniform.
NdArray uneven(int tokens)
{
    std::vector<float> values;
    for (int i = 0; i < tokens; ++i) {
        double sum = 0;
        for (int j = 0; j < tokens; ++j)
            sum += 1 + (5 * i + 3 * j * j + i * j) % 13;
        for (int j = 0; j < tokens; ++j)
            values.push_back(static_cast<float>((1 + (5 * i + 3 * j * j + i * j) % 13) / sum));
    }
    values.insert(values.end(), static_cast<std::size_t>(tokens) * tokens, 1.0F / static_cast<float>(tokens));
    return {{2, tokens, tokens}, std::move(values)};
}

TEST(HeadMetric, IsNumPysOnAnUnevenGridOfOblongPatches)
{
    // Computed with NumPy in double precision for 2 x 3 patches of 4 x 10 pixels.
    ModelSpec spec = test::gridSpec(2, 3, 4);
    spec.patchWidth = 10;
    spec.imageWidth = 30;
    spec.heads = 2;
    const NdArray layer = uneven(spec.tokens());
    EXPECT_NEAR(one(layer, spec, HeadMetric::MeanDistance), 9.528914326, 1e-5);
    EXPECT_NEAR(one(layer, spec, HeadMetric::Entropy), 1.779075926, 1e-6);
    EXPECT_NEAR(one(layer, spec, HeadMetric::AttentionToCls), 0.181127661, 1e-7);
    EXPECT_NEAR(one(layer, spec, HeadMetric::SelfAttention), 0.151480723, 1e-7);
    EXPECT_NEAR(headMetric(layer, spec, HeadMetric::SelfAttention).at({1}), 1 / 7.0, 1e-7);
}

TEST(HeadMetric, SumsTermsOfEverySize)
{
    // Weights from 1e-30 to 1 against the library's own logarithm.
    ModelSpec spec = test::gridSpec(1, 62, 1);
    spec.cls = false;
    const NdArray layer = test::filled({1, 62, 62},
                                       [](std::int64_t i) { return std::pow(10.0, -30 + static_cast<double>(i % 62) / 2.01); });
    double expected = 0;
    for (const float value : layer[0][0].values())
        expected -= static_cast<double>(value) * std::log(static_cast<double>(value));
    EXPECT_NEAR(one(layer, spec, HeadMetric::Entropy), expected, 1e-6);
}

TEST(HeadMetric, GivesNoAttentionToAClsThatIsNotThere)
{
    ModelSpec spec = test::gridSpec(3, 3, 8);
    EXPECT_FLOAT_EQ(one(test::uniformAttention(1, 10), spec, HeadMetric::AttentionToCls), 0.1F);
    spec.cls = false;
    EXPECT_EQ(one(test::uniformAttention(1, 9), spec, HeadMetric::AttentionToCls), 0);
    EXPECT_FLOAT_EQ(one(test::identityAttention(1, 9), spec, HeadMetric::SelfAttention), 1);
}

TEST(HeadMetric, ShowsBrokenWeights)
{
    const ModelSpec spec = test::gridSpec(2, 2, 8);
    const NdArray broken = test::filled({1, 5, 5}, [](std::int64_t) { return NAN; });
    for (const HeadMetric metric : headMetrics)
        EXPECT_TRUE(std::isnan(one(broken, spec, metric)));
}

TEST(HeadMetric, OfATraceIsNanWhereNothingWasRecorded)
{
    ModelSpec spec = test::gridSpec(2, 2, 8);
    spec.layers = 3;
    spec.heads = 2;
    Trace trace = test::traceOf(spec);
    trace.attention = {test::uniformAttention(2, 5), NdArray()};
    const NdArray result = headMetric(trace, HeadMetric::SelfAttention);
    ASSERT_EQ(result.shape(), (Shape{3, 2}));
    for (int head = 0; head < 2; ++head) {
        EXPECT_FLOAT_EQ(result.at({0, head}), 0.2F);
        EXPECT_TRUE(std::isnan(result.at({1, head})));
        EXPECT_TRUE(std::isnan(result.at({2, head})));
    }
}

TEST(HeadMetric, RefusesAnotherModelsAttention)
{
    const ModelSpec spec = test::gridSpec(2, 2, 8);
    EXPECT_THAT([&] { headMetric(test::uniformAttention(1, 6), spec, HeadMetric::Entropy); },
                ThrowsMessage<Error>(HasSubstr("shape 1x6x6")));
    EXPECT_THAT([&] { headMetric(test::uniformAttention(2, 5), spec, HeadMetric::Entropy); },
                ThrowsMessage<Error>(HasSubstr("1 heads and 5 tokens")));
}

}  // namespace
}  // namespace vitrine
