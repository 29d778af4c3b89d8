// SPDX-License-Identifier: GPL-3.0-or-later
// What holds of every method, on every kind of network.
#include <limits>
#include <set>

#include <gmock/gmock.h>

#include "core/base/error.h"
#include "core/explain/method.h"
#include "tests/core/explain/method_engine.h"

namespace vitrine {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

struct Kind {
    const char* name;
    ModelSpec spec;
};

void PrintTo(const Kind& kind, std::ostream* out)
{
    *out << kind.name;
}

std::vector<Kind> kinds()
{
    ModelSpec one = test::gridSpec(3, 3, 4);
    one.layers = 3;
    one.heads = 2;
    one.width = 5;
    one.classes = 4;
    ModelSpec none = one, two = one, five = one, wide = one, tnt = one, both = one;
    none.cls = false;
    none.pool = Pool::Mean;
    two.distillation = true;
    five.registers = 4;
    five.pool = Pool::Mean;
    both.pool = Pool::ClsMean;
    wide.imageHeight = 9;  // a rest of one line that no patch covers
    wide.imageWidth = 28;
    tnt.architecture = Architecture::Tnt;
    tnt.imageWidth = 20;
    tnt.inner = {.side = 2, .width = 3, .heads = 2};
    return {{"noPrefix", none},   {"cls", one},   {"distilled", two}, {"registers", five},
            {"clsAndMean", both}, {"wide", wide}, {"tnt", tnt}};
}

std::vector<const Method*> applicable(const ModelSpec& spec)
{
    std::vector<const Method*> chosen;
    for (const Method& method : methods())
        if (whyNot(method, spec).empty())
            chosen.push_back(&method);
    return chosen;
}

class Conformance : public testing::TestWithParam<Kind> {
protected:
    test::MethodEngine m_engine{GetParam().spec};
    std::vector<const Method*> m_methods = applicable(GetParam().spec);
};

TEST_P(Conformance, MapsHaveTheGridsShapeAndTheirSign)
{
    const ModelSpec& spec = GetParam().spec;
    EXPECT_EQ(m_methods.size(), spec.architecture == Architecture::Tnt ? 20U : 18U);
    for (const Method* method : m_methods) {
        SCOPED_TRACE(method->id);
        const NdArray map = computeMap(*method, m_engine, m_engine.trace, {});
        const int side = method->gives == Gives::InnerMap ? spec.inner.side : 1;
        EXPECT_EQ(map.shape(), (Shape{spec.gridHeight() * side, spec.gridWidth() * side}));
        const std::set<float> values(map.values().begin(), map.values().end());
        EXPECT_GT(values.size(), 1U) << "the same everywhere";
        if (!method->isSigned) {
            EXPECT_GE(*values.begin(), 0);
        }
    }
}

TEST_P(Conformance, TogetherTheyAreWhatEachIsAlone)
{
    const std::vector<NdArray> together = computeMaps(m_methods, m_engine, m_engine.trace, {});
    // Three kinds of the recorded pass: exact, of each layer, pruned; the rest belongs to methods of many passes.
    const std::size_t ofTheirOwn = 20 + 16 + 20;
    EXPECT_EQ(m_engine.asked.size(), 3 + ofTheirOwn);
    for (std::size_t i = 0; i < m_methods.size(); ++i)
        EXPECT_THAT(computeMap(*m_methods[i], m_engine, m_engine.trace, {}).values(),
                    testing::ElementsAreArray(together[i].values()))
            << m_methods[i]->id;
}

TEST_P(Conformance, EveryLayerAtOnceIsEachLayerAlone)
{
    for (const Method* method : m_methods) {
        SCOPED_TRACE(method->id);
        const auto all = [&] { return computeLayers(*method, m_engine, m_engine.trace, {}); };
        if (std::ranges::find(method->parameters, "layer", &Parameter::name) == method->parameters.end()) {
            EXPECT_THAT([&] { all(); }, ThrowsMessage<Error>(HasSubstr("is not of a layer")));
            continue;
        }
        m_engine.asked.clear();
        const std::vector<NdArray> maps = all();
        EXPECT_LE(m_engine.asked.size(), 1U);
        ASSERT_EQ(maps.size(), 3U);
        for (std::size_t layer = 0; layer < 3; ++layer)
            EXPECT_THAT(computeMap(*method, m_engine, m_engine.trace, {{}, {{"layer", layer}}}).values(),
                        testing::ElementsAreArray(maps[layer].values()));
        EXPECT_FALSE(std::ranges::equal(maps[0].values(), maps[2].values()));
    }
}

TEST_P(Conformance, AttentionThatWasNotRecordedIsComputed)
{
    const std::vector<NdArray> recorded = computeMaps(m_methods, m_engine, m_engine.trace, {});
    EXPECT_EQ(m_engine.recomputed, 0);
    Trace bare = m_engine.trace;
    bare.attention.assign(bare.attention.size(), {});
    const std::vector<NdArray> found = computeMaps(m_methods, m_engine, bare, {});
    EXPECT_EQ(m_engine.recomputed, GetParam().spec.layers);
    for (std::size_t i = 0; i < recorded.size(); ++i)
        EXPECT_THAT(found[i].values(), testing::ElementsAreArray(recorded[i].values())) << m_methods[i]->id;
}

TEST_P(Conformance, ProgressGoesUpAndWorkCanBeStopped)
{
    for (const Method* method : m_methods) {
        SCOPED_TRACE(method->id);
        double last = 0;
        computeMap(*method, m_engine, m_engine.trace, {}, {}, [&](double fraction, std::string_view) {
            EXPECT_GE(fraction, last);
            last = fraction;
        });
        EXPECT_EQ(last, 1);
        std::stop_source stop;
        stop.request_stop();
        EXPECT_THROW(computeMap(*method, m_engine, m_engine.trace, {}, stop.get_token()), Cancelled);
    }
    for (const char* id : {"occlusion", "integrated-gradients", "smoothgrad", "beyond-intuition"}) {
        std::stop_source stop;
        const auto stopsEarly = [&](double fraction, std::string_view) {
            EXPECT_LT(fraction, 1);
            if (fraction > 0)
                stop.request_stop();
        };
        // Few enough patches fit one batch, after which nothing is left to stop.
        if (std::string(id) != "occlusion") {
            EXPECT_THROW(computeMap(findMethod(id), m_engine, m_engine.trace, {}, stop.get_token(), stopsEarly), Cancelled)
                << id;
        }
    }
}

TEST_P(Conformance, WhatIsNotFiniteIsNamed)
{
    const auto broken = [](const NdArray& array, float value) {
        std::vector<float> values(array.values().begin(), array.values().end());
        values[values.size() / 2] = value;
        return NdArray(array.shape(), std::move(values));
    };
    constexpr float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
    for (const Method* method : m_methods) {
        SCOPED_TRACE(method->id);
        const auto compute = [&](test::MethodEngine& engine) { return [&] { computeMap(*method, engine, engine.trace, {}); }; };
        test::MethodEngine engine(GetParam().spec);
        engine.trace.picture.input = broken(m_engine.trace.picture.input, nan);
        EXPECT_THAT(compute(engine), ThrowsMessage<Error>(HasSubstr("The picture as the network gets it")));
        engine.trace.picture.input = m_engine.trace.picture.input;
        engine.trace.tokens[2] = broken(m_engine.trace.tokens[2], infinity);
        EXPECT_THAT(compute(engine), ThrowsMessage<Error>(HasSubstr("The result of block 1")));
        engine.trace.tokens[2] = m_engine.trace.tokens[2];
        engine.trace.attention[2] = broken(m_engine.trace.attention[2].matrices(), nan);
        if (method->needs.attention) {
            EXPECT_THAT(compute(engine), ThrowsMessage<Error>(HasSubstr("The attention of layer 2")));
        }
        engine.trace.attention[2] = m_engine.trace.attention[2];
        engine.exact.attention[2] = engine.eachLayer[2] = broken(m_engine.exact.attention[2], nan);
        engine.exact.norm1[2] = broken(m_engine.exact.norm1[2], nan);
        if (!method->needs.gradients.empty() && (method->needs.gradients[0].attention || method->needs.gradients[0].tokens)) {
            EXPECT_THAT(compute(engine), ThrowsMessage<Error>(HasSubstr("The gradient of the")));
        }
    }
}

INSTANTIATE_TEST_SUITE_P(All, Conformance, testing::ValuesIn(kinds()), [](const auto& one) { return one.param.name; });

TEST(Methods, HaveTheirNamesAndSayWhatTheyAre)
{
    std::vector<std::string_view> ids;
    for (const Method& method : methods()) {
        SCOPED_TRACE(method.id);
        ids.push_back(method.id);
        EXPECT_EQ(method.sentence.back(), '.');
        EXPECT_FALSE(method.formula.empty());
        EXPECT_NE(method.source.empty(), !method.isControl);
        for (const Parameter& parameter : method.parameters) {
            EXPECT_FALSE(parameter.help.empty());
            EXPECT_TRUE(parameter.high == lastLayer
                        || (parameter.low <= parameter.standard && parameter.standard <= parameter.high));
        }
    }
    EXPECT_THAT(ids, testing::ElementsAre("attention", "value-attention", "rollout", "gradient-attention", "chefer", "legrad",
                                          "attention-gradcam", "agcam", "gradcam", "gradient-input", "integrated-gradients",
                                          "smoothgrad", "libragrad", "beyond-intuition", "occlusion", "lens", "nested-rollout",
                                          "nested-gradient", "random", "gaussian"));
}

TEST(Methods, OfOneLayerTakeTheGradientsOfItAlone)
{
    test::MethodEngine engine(kinds()[1].spec);
    computeMap(findMethod("gradient-attention"), engine, engine.trace, {{}, {{"layer", 1}}});
    EXPECT_EQ(engine.asked.back().firstLayer, 1);
    EXPECT_FALSE(engine.asked.back().pixels);
    computeMap(findMethod("gradcam"), engine, engine.trace, {});
    EXPECT_EQ(engine.asked.back().firstLayer, 2);
    EXPECT_TRUE(engine.asked.back().tokens);
    EXPECT_FALSE(engine.asked.back().attention);
    const std::vector<const Method*> three{&findMethod("gradcam"), &findMethod("gradient-input"), &findMethod("chefer")};
    engine.asked.clear();
    computeMaps(three, engine, engine.trace, {});
    ASSERT_EQ(engine.asked.size(), 1U);
    EXPECT_EQ(engine.asked.back().firstLayer, 0);
    EXPECT_TRUE(engine.asked.back().tokens && engine.asked.back().pixels && engine.asked.back().attention);
}

}  // namespace
}  // namespace vitrine
