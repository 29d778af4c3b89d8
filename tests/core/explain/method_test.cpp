// SPDX-License-Identifier: GPL-3.0-or-later
// Every method's formula, from tables, against NumPy in double precision or a closed form.
#include "core/explain/method.h"

#include <gmock/gmock.h>

#include "core/base/error.h"
#include "core/explain/lens.h"
#include "tests/core/explain/method_engine.h"

namespace vitrine {
namespace {

using test::filled;
using testing::FloatNear;
using testing::HasSubstr;
using testing::Pointwise;
using testing::ThrowsMessage;

/// Attention that is uneven in every head, row and column; rows add up to 1.
NdArray attentionOf(int layer)
{
    const auto term = [=](std::int64_t at) {
        const auto h = at / 16, i = at / 4 % 4, j = at % 4;
        return 1 + (7 * layer + 5 * h + 3 * i * i + 2 * j * (i + 1) + j * j * layer) % 11;
    };
    return filled({2, 4, 4}, [=](std::int64_t at) {
        const std::int64_t row = at / 4 * 4;
        return static_cast<double>(term(at)) / static_cast<double>(term(row) + term(row + 1) + term(row + 2) + term(row + 3));
    });
}

/// Three layers of two heads over CLS and a row of three patches of 2 x 2 pixels.
ModelSpec specOf(Pool pool)
{
    ModelSpec spec = test::gridSpec(1, 3, 2);
    spec.layers = 3;
    spec.heads = 2;
    spec.width = 1;
    spec.classes = 2;
    spec.pool = pool;
    return spec;
}

test::MethodEngine engineOf(Pool pool = Pool::Cls)
{
    test::MethodEngine engine(specOf(pool));
    for (int l = 0; l < 3; ++l) {
        const auto at = static_cast<std::size_t>(l);
        engine.trace.attention[at] = attentionOf(l);
        engine.exact.attention[at] = filled({2, 4, 4}, [=](std::int64_t i) {
            const auto h = i / 16, q = i / 4 % 4, k = i % 4;
            return static_cast<double>((5 * l + 3 * h + 7 * q * q + 2 * k * (q + 2)) % 13 - 6) / 10;
        });
        engine.arguments[at] = filled({2, 4, 4}, [=](std::int64_t i) {
            return static_cast<double>((3 * l + 7 * (i / 16) + 5 * (i / 4 % 4) + 4 * (i % 4) * (i % 4)) % 9 - 4) / 2;
        });
        engine.eachLayer[at] = filled({2, 4, 4}, [=](std::int64_t i) {
            return static_cast<double>((4 * l + 5 * (i / 16) + 2 * (i / 4 % 4) * (i % 4) + 3 * (i % 4)) % 11 - 5) / 10;
        });
        engine.values[at] = filled({3, 4}, [=](std::int64_t i) {
            return static_cast<double>((2 * l + 3 * (i / 4) + 5 * (i % 4)) % 7 + 1) / 4;
        });
        engine.trace.tokens[at] = filled({4, 1}, [=](std::int64_t i) { return static_cast<double>((l + 3 * i) % 5 + 2) / 2; });
    }
    // Twenty scales of 1 / 20 to 1 have the mean 0.525.
    engine.lastLayer = filled({2, 4, 4},
                              [&](std::int64_t i) { return static_cast<double>(engine.eachLayer[2].data()[i]) / 0.525; });
    return engine;
}

struct Expected {
    const char* id;
    std::vector<float> cls, mean;
    std::map<std::string, double, std::less<>> parameters{};
};

class Formula : public testing::TestWithParam<Expected> {};

TEST_P(Formula, IsNumPys)
{
    for (const Pool pool : {Pool::Cls, Pool::Mean}) {
        test::MethodEngine engine = engineOf(pool);
        engine.isLastAlone = std::string(GetParam().id) == "beyond-intuition";
        Query query;
        query.parameters = GetParam().parameters;
        const NdArray map = computeMap(findMethod(GetParam().id), engine, engine.trace, query);
        EXPECT_EQ(map.shape(), (Shape{1, 3}));
        EXPECT_THAT(map.values(), Pointwise(FloatNear(2e-6F), pool == Pool::Cls ? GetParam().cls : GetParam().mean));
    }
}

INSTANTIATE_TEST_SUITE_P(
    All, Formula,
    testing::Values(
        Expected{"attention", {0.205163043F, 0.264945652F, 0.302309783F}, {0.204660825F, 0.260682045F, 0.24774104F}},
        Expected{"value-attention", {0.177309783F, 0.183423913F, 0.281589674F}, {0.246673777F, 0.191634426F, 0.278896975F}},
        Expected{"rollout", {0.226748434F, 0.245186557F, 0.209620524F}, {0.262669398F, 0.260839494F, 0.254969959F}},
        Expected{"gradient-attention",
                 {0.131217391F, 0, 0.0130434783F},
                 {0.0133333333F, 0.041291548F, 0.0325885647F},
                 {{"layer", 1}}},
        Expected{"chefer", {0.170220369F, 0.190874816F, 0.313948525F}, {0.462194139F, 0.436906059F, 0.524695561F}},
        Expected{"chefer",
                 {0.135781474F, 0.0442244983F, 0.165460038F},
                 {0.39062264F, 0.383665623F, 0.476432787F},
                 {{"chefer.first-layer", 1}}},
        Expected{"legrad", {0.120833333F, 0.125F, 0.15F}, {0.120833333F, 0.125F, 0.15F}},
        Expected{"legrad", {0.09375F, 0.11875F, 0.1125F}, {0.09375F, 0.11875F, 0.1125F}, {{"legrad.first-layer", 1}}},
        Expected{"attention-gradcam", {0, 0.0203804348F, 0.0213315217F}, {0, 0, 0.00415412464F}},
        Expected{"agcam", {0.645642084F, 0.528532845F, 0.609081879F}, {0.417947697F, 0.351621102F, 0.515026065F}},
        Expected{"beyond-intuition", {0, 0.130667439F, 0.0258237858F}, {0.113851712F, 0.0798982315F, 0.0748548844F}}),
    [](const auto& one) {
        std::string name = one.param.id + std::string(one.param.parameters.empty() ? "" : "_told");
        std::ranges::replace(name, '-', '_');
        return name;
    });

TEST(Method, LensIsWhatTheHeadSaysOfEachPatchAfterTheLayer)
{
    test::MethodEngine engine = engineOf();
    const NdArray logits = engine.lens(engine.trace, 2, {});
    const auto patch = [&](int token, int of) { return logits.at({token, of}); };
    EXPECT_THAT(computeMap(findMethod("lens"), engine, engine.trace, {{1, {}}, {{"layer", 1}}}).values(),
                testing::ElementsAre(patch(1, 1), patch(2, 1), patch(3, 1)));
    EXPECT_THAT(computeMap(findMethod("lens"), engine, engine.trace, {{1, 0}, {{"layer", 1}}}).values(),
                testing::ElementsAre(patch(1, 1) - patch(1, 0), patch(2, 1) - patch(2, 0), patch(3, 1) - patch(3, 0)));
}

TEST(Method, TheLensOfStatesEndsAtTheAnswerOfThePass)
{
    test::MethodEngine engine = engineOf();
    const NdArray logits = computeMap(lensOfStates(), engine, engine.trace, {});
    const int layers = engine.trace.layers();
    ASSERT_EQ(logits.shape(), (Shape{layers + 1, engine.trace.model->classes}));
    EXPECT_EQ(logits.at({1, 1}), engine.trace.tokens[1].at({0, 0}));
    ASSERT_EQ(engine.reruns.size(), static_cast<std::size_t>(layers));
    const TokenPatch& patch = engine.reruns[1].tokenPatches.front();
    EXPECT_EQ(patch.state, layers) << "what was the state after layer 0 is read by the head alone";
    EXPECT_EQ(patch.rows.data(), engine.trace.tokens[1].data());
    EXPECT_EQ(patch.tokens.size(), static_cast<std::size_t>(engine.trace.model->tokens()));
    EXPECT_THAT(logits[layers].values(), testing::ElementsAreArray(engine.trace.logits.values()));
    const NdArray curve = probabilityByState(logits, 1);
    ASSERT_EQ(curve.shape(), Shape{layers + 1});
    EXPECT_EQ(curve.at({layers}), probabilities(engine.trace.logits)[1]);
}

TEST(Method, GradCamWeighsChannelsByTheirMeanGradientOverPatches)
{
    test::MethodEngine engine = engineOf();
    engine.exact.norm1Values[2] = filled({4, 3}, [](std::int64_t i) {
        return static_cast<double>((2 * (i / 3) + 5 * (i % 3)) % 7 - 3) / 2;
    });
    engine.exact.norm1[2] = filled({4, 3},
                                   [](std::int64_t i) { return static_cast<double>((3 * (i / 3) + 4 * (i % 3)) % 5 - 2) / 4; });
    EXPECT_THAT(computeMap(findMethod("gradcam"), engine, engine.trace, {}).values(),
                Pointwise(FloatNear(1e-6F), {0.125F, 0.0F, 0.166666667F}));
}

/// term(x, w) of each pixel, summed over the patches.
template <typename Term>
std::vector<float> sums(const NdArray& input, Term term)
{
    std::vector<float> result(3);
    for (std::int64_t i = 0; i < input.size(); ++i)
        result[static_cast<std::size_t>(i % 6 / 2)] += static_cast<float>(term(input.data()[i], test::MethodEngine::slope(i)));
    return result;
}

TEST(Method, PixelGradientsAreClosedForms)
{
    test::MethodEngine engine = engineOf();
    const NdArray& input = engine.trace.picture.input;
    const auto map = [&](const char* id, const Query& query = {}) {
        return computeMap(findMethod(id), engine, engine.trace, query);
    };
    EXPECT_THAT(map("gradient-input").values(),
                Pointwise(FloatNear(1e-5F), sums(input, [](double x, double w) { return x * (w + x); })));
    EXPECT_THAT(map("libragrad").values(), Pointwise(FloatNear(1e-5F), sums(input, [](double x, double w) { return x * w; })));
    // The midpoint rule is exact for a score of second degree, and its parts add up to the score.
    const NdArray integrated = map("integrated-gradients");
    EXPECT_THAT(integrated.values(),
                Pointwise(FloatNear(1e-5F), sums(input, [](double x, double w) { return x * (w + x / 2); })));
    EXPECT_NEAR(integrated.at({0, 0}) + integrated.at({0, 1}) + integrated.at({0, 2}), engine.trace.logits.at({0}), 1e-5);
    // A patch that is gone takes its part of a sum with it.
    EXPECT_THAT(map("occlusion").values(),
                Pointwise(FloatNear(1e-5F), sums(input, [](double x, double w) { return x * w + x * x / 2; })));
    // Without noise the mean is the gradient; with some, its mean is not far from it.
    Query quiet;
    quiet.parameters = {{"smoothgrad.noise", 0}, {"smoothgrad.samples", 2}};
    const std::vector<float> slopes = sums(input, [](double x, double w) { return std::abs(w + x); });
    EXPECT_THAT(map("smoothgrad", quiet).values(), Pointwise(FloatNear(1e-5F), slopes));
    quiet.parameters = {{"smoothgrad.noise", 0.1}, {"smoothgrad.samples", 400}};
    EXPECT_THAT(map("smoothgrad", quiet).values(), Pointwise(FloatNear(0.2F), slopes));
    EXPECT_NE(map("smoothgrad", quiet).at({0, 0}), slopes[0]);
}

TEST(Method, AContrastDoublesWhatTwoOppositeClassesSay)
{
    test::MethodEngine engine = engineOf();
    for (const char* id : {"gradient-input", "integrated-gradients", "occlusion"}) {
        const NdArray one = computeMap(findMethod(id), engine, engine.trace, {});
        const NdArray both = computeMap(findMethod(id), engine, engine.trace, {{0, 1}, {}});
        for (int patch = 0; patch < 3; ++patch)
            EXPECT_NEAR(both.at({0, patch}), 2 * one.at({0, patch}), 1e-5) << id;
    }
}

/// Two layers of two inner heads over four inner tokens of two patches.
NdArray innerOf(int l, bool isGradient)
{
    const auto term = [=](std::int64_t at) {
        const auto k = at / 32, h = at / 16 % 2, i = at / 4 % 4, j = at % 4;
        return isGradient ? (3 * l + 2 * k + 5 * h + i * j + 4 * j) % 9 - 4
                          : 1 + (5 * l + 4 * k + 3 * h + 2 * i * i + j * (i + 2) + j * j * l) % 7;
    };
    return filled({2, 2, 4, 4}, [=](std::int64_t at) {
        const std::int64_t row = at / 4 * 4;
        const auto sum = isGradient ? 10 : term(row) + term(row + 1) + term(row + 2) + term(row + 3);
        return static_cast<double>(term(at)) / static_cast<double>(sum);
    });
}

TEST(Method, NestedMapsSpreadAPatchOverItsInnerTokens)
{
    ModelSpec spec = test::gridSpec(1, 2, 2);
    spec.architecture = Architecture::Tnt;
    spec.layers = 2;
    spec.classes = 2;
    spec.inner = {.side = 2, .width = 3, .heads = 2};
    test::MethodEngine engine(spec);
    for (int layer = 0; layer < 2; ++layer) {
        engine.trace.innerAttention[static_cast<std::size_t>(layer)] = innerOf(layer, false);
        engine.exact.innerAttention[static_cast<std::size_t>(layer)] = innerOf(layer, true);
    }
    const auto shares = [&](const char* id, const char* outerId) {
        const NdArray outer = computeMap(findMethod(outerId), engine, engine.trace, {});
        const NdArray map = computeMap(findMethod(id), engine, engine.trace, {});
        EXPECT_EQ(map.shape(), (Shape{2, 4}));
        std::vector<float> result;
        for (int patch = 0; patch < 2; ++patch)
            for (int inner = 0; inner < 4; ++inner)
                result.push_back(map.at({inner / 2, 2 * patch + inner % 2}) / outer.at({0, patch}));
        return result;
    };
    EXPECT_THAT(shares("nested-rollout", "rollout"),
                Pointwise(FloatNear(2e-6F), {0.236154003F, 0.254300516F, 0.243114436F, 0.266431045F, 0.240518526F, 0.256247185F,
                                             0.228473672F, 0.274760617F}));
    EXPECT_THAT(shares("nested-gradient", "chefer"),
                Pointwise(FloatNear(2e-6F), {0.270138989F, 0.188645352F, 0.27721238F, 0.264003279F, 0.217427529F, 0.251748872F,
                                             0.233159899F, 0.2976637F}));
    for (NdArray& gradient : engine.exact.innerAttention)
        gradient = filled(gradient.shape(), [](std::int64_t) { return -1; });
    EXPECT_THAT(shares("nested-gradient", "chefer"), testing::Each(FloatNear(0.25F, 1e-6F)));
}

TEST(Method, ControlsKnowNothingOfTheNetwork)
{
    test::MethodEngine engine(test::gridSpec(3, 5, 2));
    const NdArray middle = computeMap(findMethod("gaussian"), engine, engine.trace, {});
    EXPECT_EQ(middle.at({1, 2}), 1);
    EXPECT_NEAR(middle.at({0, 0}), std::exp(-(16.0 / 9 + 64.0 / 25) / 2), 1e-6);
    EXPECT_EQ(middle.at({0, 4}), middle.at({2, 0}));
    Query query;
    const NdArray one = computeMap(findMethod("random"), engine, engine.trace, query);
    // The first number of the standard's engine with seed 1 is 1791095845.
    EXPECT_NEAR(one.at({0, 0}), 1791095845 / 4294967296.0, 1e-6);
    query.parameters = {{"random.seed", 2}};
    EXPECT_NE(computeMap(findMethod("random"), engine, engine.trace, query).at({0, 0}), one.at({0, 0}));
}

TEST(Method, WhatIsAskedIsChecked)
{
    test::MethodEngine engine = engineOf();
    const auto ask = [&](const char* id, const Query& query) {
        return [&engine, id, query] { computeMap(findMethod(id), engine, engine.trace, query); };
    };
    EXPECT_THAT([] { findMethod("grad-cam"); }, ThrowsMessage<Error>(HasSubstr("the methods are attention, value-attention")));
    EXPECT_THAT(ask("attention", {{}, {{"layer", 3}}}), ThrowsMessage<Error>(HasSubstr("whole number from 0 to 2")));
    EXPECT_THAT(ask("attention", {{}, {{"layer", -1}}}), ThrowsMessage<Error>(HasSubstr("layer cannot be -1")));
    EXPECT_THAT(ask("rollout", {{}, {{"rollout.discard", 1.5}}}), ThrowsMessage<Error>(HasSubstr("number from 0 to 1")));
    EXPECT_THAT(ask("rollout", {{}, {{"rollout.first-layer", 2}, {"layer", 1}}}),
                ThrowsMessage<Error>(HasSubstr("not possible")));
    EXPECT_THAT(ask("smoothgrad", {{}, {{"smoothgrad.samples", 2.5}}}), ThrowsMessage<Error>(HasSubstr("whole number")));
    EXPECT_THAT(ask("smoothgrad", {{}, {{"smoothgrad.noise", std::nan("")}}}),
                ThrowsMessage<Error>(HasSubstr("cannot be nan")));
    EXPECT_THAT(ask("chefer", {{}, {{"layer", 1}}}), ThrowsMessage<Error>(HasSubstr("has a parameter \"layer\"")));
    EXPECT_THAT(ask("chefer", {{2, {}}, {}}), ThrowsMessage<Error>(HasSubstr("the classes are 0 to 1")));
    EXPECT_THAT(ask("chefer", {{0, -1}, {}}), ThrowsMessage<Error>(HasSubstr("no class -1")));
    EXPECT_THAT(ask("nested-rollout", {}), ThrowsMessage<Error>(HasSubstr("no inner transformer")));
    ModelSpec headless = specOf(Pool::Cls);
    headless.classes = 0;
    test::MethodEngine blind(headless);
    EXPECT_THAT([&] { computeMap(findMethod("chefer"), blind, blind.trace, {}); },
                ThrowsMessage<Error>(HasSubstr("no classification head")));
    EXPECT_NO_THROW(computeMap(findMethod("rollout"), blind, blind.trace, {}));
}

}  // namespace
}  // namespace vitrine
