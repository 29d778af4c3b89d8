// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/explain/features.h"

#include <gmock/gmock.h>

#include "core/base/error.h"
#include "tests/core/trace/small_trace.h"

namespace vitrine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(FeatureMaps, AreTheChannelsOfThePatchesOnTheGrid)
{
    Trace trace = test::traceOf(test::gridSpec(2, 3, 4));
    trace.tokens = {NdArray({7, 2}, std::vector<float>(14)),
                    test::filled({7, 2}, [](std::int64_t at) { return 10 * (at / 2) + at % 2; })};
    const NdArray maps = featureMaps(trace, 0);
    ASSERT_EQ(maps.shape(), (Shape{2, 2, 3}));
    EXPECT_THAT(maps[0].values(), ElementsAre(10, 20, 30, 40, 50, 60)) << "CLS is left out";
    EXPECT_THAT(maps[1].values(), ElementsAre(11, 21, 31, 41, 51, 61));
    EXPECT_THAT([&] { innerFeatureMaps(trace, 0); }, ThrowsMessage<Error>(HasSubstr("choose a TNT")));
}

TEST(FeatureMaps, OfInnerTokensLieWhereTheirPixelsAre)
{
    ModelSpec spec = test::gridSpec(1, 2, 8);
    spec.architecture = Architecture::Tnt;
    spec.inner.side = 2;
    spec.inner.width = 3;
    Trace trace = test::traceOf(spec);
    EXPECT_THAT([&] { innerFeatureMaps(trace, 0); }, ThrowsMessage<Error>(HasSubstr("not recorded")));
    trace.innerTokens = {NdArray({2, 4, 3}, std::vector<float>(24)),
                         test::filled({2, 4, 3}, [](std::int64_t at) { return at; })};
    const NdArray maps = innerFeatureMaps(trace, 0);
    ASSERT_EQ(maps.shape(), (Shape{3, 2, 4}));
    EXPECT_THAT(maps[0].values(), ElementsAre(0, 3, 12, 15, 6, 9, 18, 21));
    EXPECT_THAT(maps[2].values(), ElementsAre(2, 5, 14, 17, 8, 11, 20, 23));
}

TEST(FeatureMaps, ThatVaryMostComeFirst)
{
    const NdArray maps({4, 1, 2}, {5, 5, 0, 2, -9, 9, 100, 101});
    EXPECT_THAT(mostVarying(maps, 3), ElementsAre(2, 1, 3));
    EXPECT_EQ(mostVarying(maps, 9).size(), 4U);
}

}  // namespace
}  // namespace vitrine
