// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/explain/components.h"

#include <cmath>
#include <limits>
#include <numbers>

#include <gmock/gmock.h>

#include "core/base/error.h"
#include "tests/core/trace/small_trace.h"

namespace vitrine {
namespace {

using testing::FloatNear;
using testing::HasSubstr;
using testing::Pointwise;
using testing::ThrowsMessage;

const NdArray componentRows({4, 3}, {1, 2, 3, 4, -5, 6, 0, 0, 0, -1, -2, -3});

/// Entry i of the k-th cosine over `length` points (DCT-II), of length 1; every k > 0 sums to 0 and all are orthogonal.
double cosine(int length, int k, int i)
{
    return std::sqrt(2.0 / length) * std::cos(std::numbers::pi * k * (i + 0.5) / length);
}

/// Known by construction: component k (from 0) has length 40 * 0.7^k over the rows and lies along cosine k + 1.
NdArray cosines(int n, int d)
{
    return test::filled({n, d}, [=](std::int64_t at) {
        const int i = static_cast<int>(at / d), j = static_cast<int>(at % d);
        double sum = 3 + j;  // a mean to take away
        for (int k = 0; k < 12; ++k)
            sum += 40 * std::pow(0.7, k) * cosine(n, k + 1, i) * cosine(d, k + 1, j);
        return sum;
    });
}

TEST(PrincipalComponents, AreScikitLearns)
{
    const PrincipalComponents found = principalComponents(componentRows, 2);
    EXPECT_THAT(found.directions.values(), Pointwise(FloatNear(1e-6F), {0.46849044F, -0.366985135F, 0.803640851F, -0.001670026F,
                                                                        0.909273343F, 0.416196105F}));
    EXPECT_THAT(found.scores.values(), Pointwise(FloatNear(2e-6F), {0.012759587F, 3.579432524F, 6.398049409F, -1.541902642F,
                                                                    -2.132683136F, 0.513967547F, -4.27812586F, -2.551497429F}));
    EXPECT_NEAR(found.variances.at(0), 21.26196576, 1e-5);
    EXPECT_NEAR(found.variances.at(1), 7.321367574, 1e-5);
    EXPECT_NEAR(found.totalVariance, 28.583333333, 1e-5);
}

TEST(PrincipalComponents, AreFoundFromManyRowsAndFromManyDimensions)
{
    for (const auto& [n, d] : {std::pair(196, 64), std::pair(100, 100), std::pair(60, 192)}) {
        const PrincipalComponents found = principalComponents(cosines(n, d), 3);
        ASSERT_EQ(found.scores.shape(), (Shape{n, 3}));
        for (int k = 0; k < 3; ++k) {
            const double length = 40 * std::pow(0.7, k);
            EXPECT_NEAR(found.variances.at(static_cast<std::size_t>(k)), length * length / (n - 1), 1e-3);
            // A cosine's largest entries are its ends, of both signs for odd k: the sign is the first one's or the last's.
            const double sign = found.directions.at({k, 0}) > 0 ? 1 : -1;
            for (int j = 0; j < d; ++j)
                EXPECT_NEAR(found.directions.at({k, j}), sign * cosine(d, k + 1, j), 1e-4) << n << ' ' << d << ' ' << k;
            for (int i = 0; i < n; ++i)
                EXPECT_NEAR(found.scores.at({i, k}), sign * length * cosine(n, k + 1, i), 1e-3) << n << ' ' << d << ' ' << k;
        }
    }
}

TEST(PrincipalComponents, AreNoMoreThanTheRowsSpan)
{
    // Along one line: what the others would be is rounding.
    const NdArray line = test::filled({80, 70}, [](std::int64_t at) { return double(at / 70) * (1 + at % 70); });
    EXPECT_EQ(principalComponents(line, 3).scores.shape(), (Shape{80, 1}));
    const PrincipalComponents alike = principalComponents(test::filled({60, 50}, [](std::int64_t) { return 7; }), 3);
    EXPECT_EQ(alike.scores.shape(), (Shape{60, 0}));
    EXPECT_EQ(alike.totalVariance, 0);
    EXPECT_EQ(principalComponents(NdArray({1, 3}, {1, 2, 3}), 3).scores.shape(), (Shape{1, 0}));
}

TEST(PrincipalComponents, KeepADirectionOfATenThousandthOfTheVariance)
{
    const NdArray two = test::filled({64, 70}, [](std::int64_t at) {
        const int i = static_cast<int>(at / 70), j = static_cast<int>(at % 70);
        return 100 * cosine(64, 1, i) * cosine(70, 1, j) + cosine(64, 2, i) * cosine(70, 2, j);
    });
    const PrincipalComponents found = principalComponents(two, 3);
    ASSERT_EQ(found.scores.shape(), (Shape{64, 2}));
    EXPECT_NEAR(found.variances.at(1), 1.0 / 63, 1e-4);
}

TEST(PrincipalComponents, OfOneRowAmongEqualOnes)
{
    // One direction, and an iteration that finds it at once has nowhere to go.
    for (const int odd : {0, 17, 79}) {
        const NdArray one = test::filled({80, 65}, [=](std::int64_t at) { return at / 65 == odd && at % 65 == 3 ? 1 : 0; });
        const PrincipalComponents found = principalComponents(one, 3);
        ASSERT_EQ(found.scores.shape(), (Shape{80, 1}));
        EXPECT_NEAR(found.scores.at({odd, 0}), 79.0 / 80, 1e-5);
        EXPECT_NEAR(found.directions.at({0, 3}), 1, 1e-6);
    }
}

TEST(PrincipalComponents, OfWhatIsNoNumberAreAnError)
{
    const NdArray broken({2, 2}, {1, 2, std::numeric_limits<float>::quiet_NaN(), 4});
    EXPECT_THAT([&] { principalComponents(broken, 1); }, ThrowsMessage<Error>(HasSubstr("not a number")));
}

TEST(ComponentColours, AreTheLogisticOfTwiceTheScoreInDeviations)
{
    EXPECT_THAT(componentColours(principalComponents(componentRows, 2)).values(),
                Pointwise(FloatNear(1e-5F), {0.501383578F, 0.933748283F, 0.941314375F, 0.242375304F, 0.283934624F, 0.593849046F,
                                             0.135217991F, 0.131707509F}));
}

TEST(ComponentShades, HaveThreeOfEachRowWhateverTheRowsSpan)
{
    const PrincipalComponents plane = principalComponents(componentRows, 3);
    const NdArray colours = componentColours(plane), shades = componentShades(plane);
    ASSERT_EQ(shades.shape(), (Shape{4, 3}));
    for (int row = 0; row < 4; ++row)
        for (int k = 0; k < 3; ++k)
            EXPECT_EQ(shades.at({row, k}), k < colours.dim(1) ? colours.at({row, k}) : 0.5F);
    const NdArray line = componentShades(principalComponents(NdArray({3, 2}, {0, 0, 1, 2, 2, 4}), 3));
    EXPECT_NE(line.at({0, 0}), line.at({2, 0}));
    EXPECT_EQ(line.at({0, 1}), 0.5F);
    EXPECT_EQ(line.at({2, 2}), 0.5F);
}

TEST(PrincipalComponents, AsManyAsTheRowsHaveAreFoundFromFewAndFromMany)
{
    for (const int n : {20, 50, 56, 57, 90, 147}) {
        const PrincipalComponents found = principalComponents(cosines(n, 60), 28);
        ASSERT_EQ(found.scores.shape(), (Shape{n, 12})) << "of 12 that are there";
        EXPECT_NEAR(found.variances.at(11), std::pow(40 * std::pow(0.7, 11), 2) / (n - 1), 1e-3);
    }
}

TEST(PrincipalComponents, OfStackedRowsAreThoseOfAll)
{
    const NdArray whole = cosines(60, 16);
    const auto part = [&](std::int64_t first, std::int64_t last) {
        std::vector<float> values(whole.data() + first * 16, whole.data() + last * 16);
        return NdArray({last - first, 16}, std::move(values));
    };
    EXPECT_THAT(stackedRows({part(0, 25), part(25, 60)}).values(), testing::ElementsAreArray(whole.values()));
    std::vector<bool> chosen(60);
    chosen[3] = chosen[59] = true;
    EXPECT_THAT(rowsWhere(whole, chosen).values(), testing::ElementsAreArray(stackedRows({part(3, 4), part(59, 60)}).values()));
    EXPECT_EQ(rowsWhere(whole, std::vector<bool>(60)).shape(), (Shape{0, 16}));
}

TEST(Foreground, IsWhatLiesBeyondTheThresholdOfTheFirstComponent)
{
    // Along one line at 0, 1, 2, 4, with a second direction of no weight.
    const NdArray line({4, 2}, {0, 0.01F, 1, 0, 2, -0.01F, 4, 0});
    EXPECT_EQ(foregroundOf(line, 0.3), (std::vector<bool>{false, false, true, true}));
    EXPECT_EQ(foregroundOf(line, -0.3), (std::vector<bool>{true, true, false, false}));
    EXPECT_EQ(foregroundOf(line, 0.0), (std::vector<bool>{false, true, true, true}));
    EXPECT_THAT([&] { foregroundOf(line, 1); }, ThrowsMessage<Error>(HasSubstr("choose another one")));
    EXPECT_THAT([&] { foregroundOf(NdArray({2, 2}, {1, 1, 1, 1}), 0.5); }, ThrowsMessage<Error>(HasSubstr("are alike")));
}

}  // namespace
}  // namespace vitrine
