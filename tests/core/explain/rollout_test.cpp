// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/explain/rollout.h"

#include <gmock/gmock.h>

#include "core/base/error.h"
#include "tests/core/trace/small_trace.h"

namespace vitrine {
namespace {

using testing::FloatNear;
using testing::HasSubstr;
using testing::Pointwise;
using testing::ThrowsMessage;

ModelSpec specOf(int layers, int heads, int patches)
{
    ModelSpec spec = test::gridSpec(1, patches, 8);
    spec.layers = layers;
    spec.heads = heads;
    return spec;
}

/// Three layers of two heads over four tokens. The expected products below come from NumPy in double precision.
Trace uneven()
{
    Trace trace = test::traceOf(specOf(3, 2, 3));
    for (int layer = 0; layer < 3; ++layer) {
        std::vector<float> values;
        for (int head = 0; head < 2; ++head)
            for (int i = 0; i < 4; ++i) {
                const auto term = [=](int j) {
                    return 1 + (7 * layer + 5 * head + 3 * i * i + 2 * j * (i + 1) + j * j * layer) % 11;
                };
                const double sum = term(0) + term(1) + term(2) + term(3);
                for (int j = 0; j < 4; ++j)
                    values.push_back(static_cast<float>(term(j) / sum));
            }
        trace.attention.push_back(NdArray({2, 4, 4}, std::move(values)));
    }
    return trace;
}

TEST(Rollout, IsAHandComputedProduct)
{
    // A0 = [1 0; 1/2 1/2], A1 = [0 1; 1 0]; with the residual and halved: [1 0; 1/4 3/4] and [1/2 1/2; 1/2 1/2].
    Trace trace = test::traceOf(specOf(2, 1, 1));
    trace.attention = {NdArray({1, 2, 2}, {1, 0, 0.5F, 0.5F}), NdArray({1, 2, 2}, {0, 1, 1, 0})};
    EXPECT_THAT(rollout(trace, 0, 0).values(), testing::ElementsAre(1, 0, 0.25F, 0.75F));
    EXPECT_THAT(rollout(trace, 1, 1).values(), testing::ElementsAre(0.5F, 0.5F, 0.5F, 0.5F));
    EXPECT_THAT(rollout(trace, 0, 1).values(), testing::ElementsAre(0.625F, 0.375F, 0.625F, 0.375F));
}

TEST(Rollout, MultipliesLaterLayersFromTheLeft)
{
    // The two orders differ: A0 A1 would be [1 0 ; 0.625 0.375] for these.
    Trace trace = test::traceOf(specOf(2, 1, 1));
    trace.attention = {NdArray({1, 2, 2}, {0, 1, 1, 0}), NdArray({1, 2, 2}, {1, 0, 0.5F, 0.5F})};
    EXPECT_THAT(rollout(trace, 0, 1).values(), testing::ElementsAre(0.5F, 0.5F, 0.5F, 0.5F));
}

TEST(Rollout, OfTokensThatLookAtThemselvesIsTheIdentity)
{
    Trace trace = test::traceOf(specOf(3, 2, 9));
    trace.attention.assign(3, test::identityAttention(2, 10));
    EXPECT_THAT(rollout(trace, 0, 2).values(), testing::ElementsAreArray(test::identityAttention(1, 10).values()));
}

TEST(Rollout, OfTheMeanOfHeadsIsNumPys)
{
    const std::vector<float> expected{0.318444486F, 0.226748435F, 0.245186556F, 0.209620523F, 0.22705769F,  0.350346955F,
                                      0.186406001F, 0.236189354F, 0.221238376F, 0.21813646F,  0.345491155F, 0.215134009F,
                                      0.216267382F, 0.21952478F,  0.250621327F, 0.313586512F};
    const NdArray result = rollout(uneven(), 0, 2);
    EXPECT_EQ(result.shape(), (Shape{4, 4}));
    EXPECT_THAT(result.values(), Pointwise(FloatNear(1e-6F), expected));
}

TEST(Rollout, OfTheStrongestHeadsIsNumPys)
{
    const std::vector<float> expected{0.286298511F, 0.246511495F, 0.232407852F, 0.234782142F, 0.237061257F, 0.318481742F,
                                      0.205395967F, 0.239061034F, 0.233371198F, 0.233515979F, 0.294185598F, 0.238927224F,
                                      0.22514591F,  0.234941528F, 0.244912762F, 0.2949998F};
    EXPECT_THAT(rollout(uneven(), 0, 2, {HeadFusion::Max, 0, {}}).values(), Pointwise(FloatNear(1e-6F), expected));
}

TEST(Rollout, OfTheWeakestHeadsIsNumPys)
{
    const std::vector<float> expected{0.385638026F, 0.188807683F, 0.27222836F,  0.153325931F, 0.196241998F, 0.422823811F,
                                      0.129350651F, 0.251583541F, 0.189192275F, 0.188292058F, 0.459553681F, 0.162961986F,
                                      0.198507361F, 0.191885428F, 0.255795647F, 0.353811565F};
    EXPECT_THAT(rollout(uneven(), 0, 2, {HeadFusion::Min, 0, {}}).values(), Pointwise(FloatNear(1e-6F), expected));
}

TEST(Rollout, OfOneHeadIsNumPys)
{
    const std::vector<float> expected{0.352926367F, 0.181398596F, 0.295475973F, 0.170199064F, 0.228081557F, 0.327429656F,
                                      0.227984773F, 0.216504014F, 0.246391982F, 0.192434553F, 0.401088133F, 0.160085331F,
                                      0.266132313F, 0.1966044F,   0.26323039F,  0.274032897F};
    EXPECT_THAT(rollout(uneven(), 0, 2, {HeadFusion::Single, 1, {}}).values(), Pointwise(FloatNear(1e-6F), expected));
}

TEST(Rollout, StartsAtTheFirstLayerThatWasAskedFor)
{
    const std::vector<float> expected{0.417176865F, 0.210733046F, 0.208711032F, 0.163379058F, 0.201751933F, 0.456805784F,
                                      0.141033932F, 0.200408351F, 0.208704582F, 0.198499949F, 0.426015364F, 0.166780105F,
                                      0.174660122F, 0.207068166F, 0.23510171F,  0.383170002F};
    EXPECT_THAT(rollout(uneven(), 1, 2).values(), Pointwise(FloatNear(1e-6F), expected));
}

TEST(Rollout, DividesEachRowByItsOwnSumAfterDiscarding)
{
    // Where rows no longer sum to 1, dividing columns by them (a known slip of vit-explain) would give other numbers.
    const std::vector<float> expected{0.294487434F, 0.247636957F, 0.223274711F, 0.234600898F, 0.206032814F, 0.385189633F,
                                      0.138208525F, 0.270569028F, 0.240414549F, 0.221565207F, 0.310546075F, 0.227474168F,
                                      0.17954043F,  0.22099164F,  0.279707475F, 0.319760455F};
    const NdArray result = rollout(uneven(), 0, 2, {HeadFusion::Max, 0, {}}, 0.4);
    EXPECT_THAT(result.values(), Pointwise(FloatNear(1e-6F), expected));
    for (int row = 0; row < 4; ++row) {
        float sum = 0;
        for (const float value : result[row].values())
            sum += value;
        EXPECT_NEAR(sum, 1, 1e-6);
    }
}

TEST(Rollout, KeepsClsToClsWhenEverythingIsDiscarded)
{
    Trace trace = test::traceOf(specOf(1, 1, 1));
    trace.attention = {NdArray({1, 2, 2}, {0.25F, 0.75F, 0.5F, 0.5F})};
    // The row of CLS keeps 0.25 + 1 on itself alone, the patch only its residual: both rows are one-hot ...
    EXPECT_THAT(rollout(trace, 0, 0, {}, 1).values(), testing::ElementsAre(1, 0, 0, 1));
    // ... and with one entry of four discarded the smallest, CLS -> CLS, stays.
    EXPECT_THAT(rollout(trace, 0, 0, {}, 0.25).values(), Pointwise(FloatNear(1e-6F), {0.625F, 0.375F, 0.25F, 0.75F}));
    ModelSpec withoutCls = specOf(1, 1, 2);
    withoutCls.cls = false;
    trace.model = std::make_shared<const ModelSpec>(withoutCls);
    EXPECT_THAT(rollout(trace, 0, 0, {}, 0.25).values(), Pointwise(FloatNear(1e-6F), {1 / 1.75F, 0.75F / 1.75F, 0.25F, 0.75F}));
}

TEST(Rollout, HoldsOnMatricesWiderThanItsStrips)
{
    // Uniform attention: (I/2 + U/2)^2 = I/4 + 3 U/4, with 301 tokens two strips and a rest of rows.
    Trace trace = test::traceOf(specOf(2, 1, 300));
    trace.attention.assign(2, test::uniformAttention(1, 301));
    const NdArray result = rollout(trace, 0, 1);
    for (const int i : {0, 1, 255, 256, 299, 300})
        for (const int j : {0, 255, 256, 300})
            EXPECT_NEAR(result.at({i, j}), (i == j ? 0.25 : 0) + 0.75 / 301, 1e-5) << i << ", " << j;
}

TEST(Rollout, RefusesLayersThatAreNotThere)
{
    Trace trace = uneven();
    for (const auto& [first, last] : {std::pair(-1, 2), std::pair(2, 1), std::pair(0, 3)})
        EXPECT_THAT([&] { rollout(trace, first, last); }, ThrowsMessage<Error>(HasSubstr("the layers are 0 to 2")));
    trace.attention[1] = NdArray();
    EXPECT_THAT([&] { rollout(trace, 0, 2); }, ThrowsMessage<Error>(HasSubstr("layer 1 was not recorded")));
    trace.attention.clear();
    EXPECT_THAT([&] { rollout(trace, 0, 2); }, ThrowsMessage<Error>(HasSubstr("layer 0 was not recorded")));
}

}  // namespace
}  // namespace vitrine
