// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/explain/inner.h"

#include <cmath>

#include <gmock/gmock.h>

#include "core/base/error.h"
#include "tests/core/trace/small_trace.h"

namespace vitrine {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

/// A TNT of 2 x 3 patches with 2 x 2 inner tokens and 2 inner heads.
ModelSpec tnt()
{
    ModelSpec spec = test::gridSpec(2, 3, 8);
    spec.family = Family::Tnt;
    spec.inner.side = 2;
    spec.inner.width = 2;
    spec.inner.heads = 2;
    return spec;
}

/// Attention [6, 2, 4, 4] where every query of patch p in head h gives `weight(p, h, key)`.
template <typename Weight> NdArray sameForAllQueries(Weight weight)
{
    return test::filled({6, 2, 4, 4}, [=](std::int64_t i) { return weight(i / 32, i / 16 % 2, i % 4); });
}

const HeadChoice mean;

TEST(InnerAssembled, LaysPatchesRowMajorAndTheirTokensSideBySide)
{
    // The norm of inner token i of patch p is 10 p + i.
    Trace trace = test::traceOf(tnt());
    trace.innerTokens = {NdArray(), test::filled({6, 4, 2}, [](std::int64_t i) {
                             return i % 2 ? 0 : static_cast<double>(10 * (i / 8) + i / 2 % 4);
                         })};
    const NdArray picture = innerAssembled(trace, 0, InnerMeasure::Norm, mean);
    ASSERT_EQ(picture.shape(), (Shape{4, 6}));
    EXPECT_THAT(picture.values(), testing::ElementsAre(0, 1, 10, 11, 20, 21,    //
                                                       2, 3, 12, 13, 22, 23,    //
                                                       30, 31, 40, 41, 50, 51,  //
                                                       32, 33, 42, 43, 52, 53));
}

TEST(InnerAssembled, ReceivedIsTheMeanOverQueries)
{
    // Query 0 of each patch looks at key 0 alone, the others at key 3.
    Trace trace = test::traceOf(tnt());
    trace.innerAttention = {test::filled({6, 2, 4, 4}, [](std::int64_t i) {
        return i % 4 == (i / 4 % 4 == 0 ? 0 : 3) ? 1 : 0;
    })};
    const NdArray picture = innerAssembled(trace, 0, InnerMeasure::Received, mean);
    EXPECT_EQ(picture.at({0, 0}), 0.25F);
    EXPECT_EQ(picture.at({0, 1}), 0);
    EXPECT_EQ(picture.at({1, 0}), 0);
    EXPECT_EQ(picture.at({1, 1}), 0.75F);
    EXPECT_EQ(picture.at({3, 5}), 0.75F);
}

TEST(InnerAssembled, TakesTheChosenHead)
{
    Trace trace = test::traceOf(tnt());
    trace.innerAttention = {sameForAllQueries([](std::int64_t patch, std::int64_t head, std::int64_t key) {
        return static_cast<double>(100 * patch + 10 * head + key);
    })};
    EXPECT_EQ(innerAssembled(trace, 0, InnerMeasure::Received, {HeadFusion::Single, 1, {}}).at({2, 3}), 411);
    EXPECT_EQ(innerAssembled(trace, 0, InnerMeasure::Received, mean).at({2, 3}), 406);
    EXPECT_THAT([&] { innerAssembled(trace, 0, InnerMeasure::Received, {HeadFusion::Single, 2, {}}); },
                ThrowsMessage<Error>(HasSubstr("no head 2")));
}

TEST(InnerAssembled, EntropyOfUniformRowsIsTheLogarithmOfTheTokens)
{
    Trace trace = test::traceOf(tnt());
    trace.innerAttention = {sameForAllQueries([](std::int64_t, std::int64_t, std::int64_t) { return 0.25; })};
    const NdArray picture = innerAssembled(trace, 0, InnerMeasure::Entropy, mean);
    EXPECT_THAT(picture.values(), testing::Each(testing::FloatEq(std::log(4.0F))));
}

TEST(Bridge, IsWhatIsAddedAgainstWhatWasThere)
{
    Trace trace = test::traceOf(tnt());
    // CLS first: its norm must not move the patches. Patch p has the norm 5 (p + 1), patch 5 none.
    trace.tokens = {test::filled({7, 2}, [](std::int64_t i) {
        const auto patch = static_cast<double>(i / 2 - 1);
        return i < 2 ? 1000 : patch == 5 ? 0 : (i % 2 ? 4 : 3) * (patch + 1);
    })};
    trace.innerProjection = {test::filled({6, 2}, [](std::int64_t i) { return i % 2 ? 12 : -5; })};
    const NdArray ratio = bridge(trace, 0);
    ASSERT_EQ(ratio.shape(), (Shape{6}));
    EXPECT_THAT(ratio.values(), testing::Pointwise(testing::FloatEq(), {13 / 5.0F, 13 / 10.0F, 13 / 15.0F, 13 / 20.0F,
                                                                        13 / 25.0F, 0.0F}));
}

TEST(Inner, SaysWhyThereIsNothingToSee)
{
    Trace trace = test::traceOf(tnt());
    EXPECT_THAT([&] { innerAssembled(trace, 0, InnerMeasure::Norm, mean); }, ThrowsMessage<Error>(HasSubstr("not recorded")));
    EXPECT_THAT([&] { bridge(trace, 0); }, ThrowsMessage<Error>(HasSubstr("not recorded")));
    EXPECT_THAT([&] { bridge(trace, 1); }, ThrowsMessage<Error>(HasSubstr("no layer 1: the layers are 0 to 0")));
    trace = test::traceOf(test::gridSpec(2, 3, 8));
    EXPECT_THAT([&] { innerAssembled(trace, 0, InnerMeasure::Norm, mean); },
                ThrowsMessage<Error>(HasSubstr("small is a ViT")));
    EXPECT_THAT([&] { bridge(trace, 0); }, ThrowsMessage<Error>(HasSubstr("choose a TNT")));
}

} // namespace
} // namespace vitrine
