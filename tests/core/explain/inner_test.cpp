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
    spec.architecture = Architecture::Tnt;
    spec.inner.side = 2;
    spec.inner.width = 2;
    spec.inner.heads = 2;
    return spec;
}

/// Attention [6, 2, 4, 4] where every query of patch p in head h gives `weight(p, h, key)`.
template <typename Weight>
NdArray sameForAllQueries(Weight weight)
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
    trace.innerAttention = {
        test::filled({6, 2, 4, 4}, [](std::int64_t i) { return i % 4 == (i / 4 % 4 == 0 ? 0 : 3) ? 1 : 0; })};
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
    EXPECT_THAT(
        [&] {
            innerAssembled(trace, 0, InnerMeasure::Received, {HeadFusion::Single, 2, {}});
        },
        ThrowsMessage<Error>(HasSubstr("no head 2")));
}

TEST(InnerAssembled, EntropyOfUniformRowsIsTheLogarithmOfTheTokens)
{
    Trace trace = test::traceOf(tnt());
    trace.innerAttention = {sameForAllQueries([](std::int64_t, std::int64_t, std::int64_t) { return 0.25; })};
    const NdArray picture = innerAssembled(trace, 0, InnerMeasure::Entropy, mean);
    EXPECT_THAT(picture.values(), testing::Each(testing::FloatEq(std::log(4.0F))));
}

/// Six patches with the embedding (3, 4) (p + 1), the last one 0, behind a CLS of another size.
Trace patchesOfNormFive()
{
    Trace trace = test::traceOf(tnt());
    trace.tokens = {test::filled({7, 2}, [](std::int64_t i) {
        const auto patch = static_cast<double>(i / 2 - 1);
        return i < 2 ? 1000 : patch == 5 ? 0 : (i % 2 ? 4 : 3) * (patch + 1);
    })};
    return trace;
}

TEST(Bridge, SplitsWhatIsAddedIntoTheMeanAndEachPatchsOwn)
{
    // The projections are (5, 12) and, in turn, 1 more or less in one channel: the mean is (5, 12), of norm 13.
    Trace trace = patchesOfNormFive();
    trace.innerProjection = {test::filled({6, 2}, [](std::int64_t i) { return i % 2 ? 12 : 5 + (i / 2 % 2 ? 1 : -1); })};
    const Bridge result = bridge(trace, 0);
    EXPECT_DOUBLE_EQ(result.constantNorm, 13);
    EXPECT_DOUBLE_EQ(result.varyingNorm, 1);
    EXPECT_DOUBLE_EQ(result.varyingShare(), 1 / std::sqrt(170.0)) << "mean ||p||² is 13² + 1";
    EXPECT_FALSE(result.sameForAll());
    EXPECT_EQ(toString(result), "7.67 % of what the pixels add differs between patches");
    ASSERT_EQ(result.varying.shape(), (Shape{6}));
    ASSERT_EQ(result.constant.shape(), (Shape{6}));
    EXPECT_THAT(result.varying.values(),
                testing::Pointwise(testing::FloatEq(), {1 / 5.0F, 1 / 10.0F, 1 / 15.0F, 1 / 20.0F, 1 / 25.0F, 0.0F}));
    EXPECT_THAT(result.constant.values(),
                testing::Pointwise(testing::FloatEq(), {13 / 5.0F, 13 / 10.0F, 13 / 15.0F, 13 / 20.0F, 13 / 25.0F, 0.0F}));
}

TEST(Bridge, OwnPartsOfAllDirectionsCountByTheirMeanSquare)
{
    // One patch has (6, 0), the others nothing: the mean is (1, 0), the own parts (5, 0) and five times (-1, 0).
    Trace trace = patchesOfNormFive();
    trace.innerProjection = {test::filled({6, 2}, [](std::int64_t i) { return i == 4 ? 6 : 0; })};
    const Bridge result = bridge(trace, 0);
    EXPECT_DOUBLE_EQ(result.constantNorm, 1);
    EXPECT_DOUBLE_EQ(result.varyingNorm, std::sqrt(30 / 6.0));
    EXPECT_DOUBLE_EQ(result.varyingShare(), std::sqrt(5 / 6.0));
    EXPECT_THAT(result.varying.values(),
                testing::Pointwise(testing::FloatEq(), {1 / 5.0F, 1 / 10.0F, 5 / 15.0F, 1 / 20.0F, 1 / 25.0F, 0.0F}));
}

TEST(Bridge, BelowOneInAHundredAllPatchesGetTheSame)
{
    const auto withOwnPart = [](double own) {
        Trace trace = patchesOfNormFive();
        trace.innerProjection = {test::filled({6, 2}, [=](std::int64_t i) { return i % 2 ? 100 : i / 2 % 2 ? own : -own; })};
        return bridge(trace, 0);
    };
    EXPECT_TRUE(withOwnPart(0.99).sameForAll());
    EXPECT_FALSE(withOwnPart(1.01).sameForAll());
    EXPECT_EQ(toString(withOwnPart(0.5)), "the pixels add the same to every patch here (0.5 % of it differs)");
    EXPECT_EQ(toString(withOwnPart(0)), "the pixels add the same to every patch here (0 % of it differs)");
    Trace nothing = patchesOfNormFive();
    nothing.innerProjection = {test::filled({6, 2}, [](std::int64_t) { return 0; })};
    EXPECT_EQ(bridge(nothing, 0).varyingShare(), 0);
}

TEST(Inner, SaysWhyThereIsNothingToSee)
{
    Trace trace = test::traceOf(tnt());
    EXPECT_THAT([&] { innerAssembled(trace, 0, InnerMeasure::Norm, mean); }, ThrowsMessage<Error>(HasSubstr("not recorded")));
    EXPECT_THAT([&] { bridge(trace, 0); }, ThrowsMessage<Error>(HasSubstr("not recorded")));
    EXPECT_THAT([&] { bridge(trace, 1); }, ThrowsMessage<Error>(HasSubstr("no layer 1: the layers are 0 to 0")));
    trace = test::traceOf(test::gridSpec(2, 3, 8));
    EXPECT_THAT([&] { innerAssembled(trace, 0, InnerMeasure::Norm, mean); }, ThrowsMessage<Error>(HasSubstr("small is a ViT")));
    EXPECT_THAT([&] { bridge(trace, 0); }, ThrowsMessage<Error>(HasSubstr("choose a TNT")));
}

}  // namespace
}  // namespace vitrine
