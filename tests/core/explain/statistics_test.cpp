// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/explain/statistics.h"

#include <cmath>

#include <gmock/gmock.h>

namespace vitrine {
namespace {

using testing::Each;
using testing::ElementsAre;

const std::vector<float> elevenValues{3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5};

TEST(Statistics, AreNumPys)
{
    const Statistics result = statistics(elevenValues, 4);
    EXPECT_EQ(result.minimum, 1);
    EXPECT_EQ(result.maximum, 9);
    EXPECT_DOUBLE_EQ(result.mean, 4);
    EXPECT_NEAR(result.deviation, 2.256304299271065, 1e-12);
    EXPECT_THAT(result.histogram, ElementsAre(3, 3, 4, 1));
    EXPECT_EQ(result.notFinite, 0);
}

TEST(Statistics, LeaveOutWhatIsNotFinite)
{
    std::vector<float> broken = elevenValues;
    broken.insert(broken.begin() + 3, {NAN, INFINITY, -INFINITY});
    const Statistics result = statistics(broken, 4);
    EXPECT_EQ(result.notFinite, 3);
    EXPECT_DOUBLE_EQ(result.mean, 4);
    EXPECT_THAT(result.histogram, ElementsAre(3, 3, 4, 1));
}

TEST(Statistics, TakeEqualValuesAndNone)
{
    const std::vector<float> equal(5, 2.5F);
    EXPECT_EQ(statistics(equal).deviation, 0);
    EXPECT_EQ(statistics(equal).histogram.front(), 5);
    EXPECT_THAT(statistics({}, 8).histogram, testing::AllOf(testing::SizeIs(8), Each(0)));
    const std::vector<float> broken{NAN};
    EXPECT_EQ(statistics(broken).notFinite, 1);
    EXPECT_EQ(statistics(broken).maximum, 0);
}

struct Mass {
    double mass;
    float threshold;
};

class MassThreshold : public testing::TestWithParam<Mass> {};

TEST_P(MassThreshold, IsDinos)
{
    // The last value that DINO's code (ascending cumulative sum above 1 - threshold) keeps.
    const std::vector<float> weights{.05F, .3F, .1F, .02F, .25F, .08F, .2F};
    EXPECT_EQ(massThreshold(weights, GetParam().mass), GetParam().threshold);
}

INSTANTIATE_TEST_SUITE_P(Masses, MassThreshold,
                         testing::Values(Mass{0.3, .3F}, Mass{0.5, .25F}, Mass{0.6, .2F}, Mass{0.9, .08F}, Mass{1, .02F},
                                         Mass{0, .3F}));

TEST(MassThreshold, KeepsAsManyEqualCellsAsThereAre)
{
    EXPECT_EQ(massThreshold(std::vector<float>(10, 0.1F), 0.5), 0.1F);
    // Exactly half of the mass lies in the first cell: no second one is needed.
    EXPECT_EQ(massThreshold(std::vector<float>{1, 2, 1}, 0.5), 2);
    EXPECT_EQ(massThreshold(std::vector<float>{1, 2, 1}, 0.51), 1);
    EXPECT_EQ(massThreshold(std::vector<float>{0, 0, 5, 0}, 1), 5);
    EXPECT_EQ(massThreshold({}, 0.5), 0);
    EXPECT_EQ(massThreshold(std::vector<float>{NAN, 3, 1}, 0.7), 3);
}

TEST(Entropy, IsInNats)
{
    EXPECT_NEAR(entropy(std::vector<float>(197, 1 / 197.0F)), 5.28320, 6e-6);
    EXPECT_NEAR(entropy(std::vector<float>(16, 1 / 16.0F)), 2.77259, 6e-6);
    EXPECT_EQ(entropy(std::vector<float>{0, 1, 0}), 0);
    EXPECT_NEAR(entropy(std::vector<float>{0.5F, 0.25F, 0.25F, 0}), 1.5 * std::log(2), 1e-12);
    EXPECT_EQ(entropy({}), 0);
}

TEST(Quantile, IsLinearBetweenNeighboursAsNumPys)
{
    EXPECT_EQ(quantile(elevenValues, 0), 1);
    EXPECT_EQ(quantile(elevenValues, 0.1), 1);
    EXPECT_EQ(quantile(elevenValues, 0.25), 2.5F);
    EXPECT_EQ(quantile(elevenValues, 0.5), 4);
    EXPECT_EQ(quantile(elevenValues, 0.9), 6);
    EXPECT_EQ(quantile(elevenValues, 1), 9);
    EXPECT_EQ(quantile(elevenValues, 7), 9);
    EXPECT_FLOAT_EQ(quantile(std::vector<float>{1, 2}, 0.3), 1.3F);
    EXPECT_EQ(quantile(std::vector<float>{NAN, 8}, 0.5), 8);
    EXPECT_EQ(quantile({}, 0.5), 0);
}

}  // namespace
}  // namespace vitrine
