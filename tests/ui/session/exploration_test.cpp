// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/exploration.h"

#include <QSignalSpy>
#include <gtest/gtest.h>

#include <cmath>

#include "core/explain/components.h"
#include "tests/ui/fake_trace.h"

namespace vitrine {

struct ExplorationTest : testing::Test {
    ExplorationTest() { exploration.setTrace(fakeTrace()); }
    Exploration exploration;
};

TEST_F(ExplorationTest, HasNoWayBackFromWhereItBegins)
{
    Place place;
    place.layer = 2;
    exploration.beginAt(place);
    EXPECT_EQ(exploration.layer(), 2);
    EXPECT_FALSE(exploration.canGoBack());
    exploration.setLayer(1);
    exploration.goBack();
    EXPECT_EQ(exploration.layer(), 2);
    EXPECT_FALSE(exploration.canGoBack());
}

TEST_F(ExplorationTest, BeginsInsideTheModel)
{
    Place place;
    place.layer = 99;
    exploration.beginAt(place);
    EXPECT_EQ(exploration.layer(), exploration.trace()->layers() - 1);
}

TEST_F(ExplorationTest, ComponentsAreTheColoursOfThePatchesAfterALayer)
{
    exploration.setTokenMap(TokenMap::Components);
    exploration.setLayer(1);
    const std::optional<Heatmap> map = exploration.map();
    ASSERT_TRUE(map);
    const NdArray shades = componentShades(principalComponents(exploration.trace()->patchTokens(2), 3));
    ASSERT_EQ(map->colours.size(), static_cast<std::size_t>(shades.dim(0)));
    for (std::int64_t i = 0; i < shades.dim(0); ++i)
        EXPECT_EQ(qBlue(map->colours[static_cast<std::size_t>(i)]), std::lround(255 * shades.at({i, 2})));
    EXPECT_FALSE(exploration.value(3)) << "a colour is no number";
    exploration.setLayer(2);
    EXPECT_NE(exploration.map()->colours, map->colours);
    exploration.setTrace(fakeTrace({.seed = 5}));
    const std::optional<Heatmap> other = exploration.map();
    ASSERT_TRUE(other);
    exploration.setTrace(fakeTrace());
    EXPECT_NE(exploration.map()->colours, other->colours) << "those of the pass before are forgotten";
}

TEST_F(ExplorationTest, PoolingIsAMapWhereThereIsAQueryThatPools)
{
    exploration.setTokenMap(TokenMap::Pooling);
    EXPECT_EQ(exploration.tokenMap(), TokenMap::Attention) << "nothing pools";
    exploration.setTrace(fakeTrace({.pooling = true}));
    exploration.setTokenMap(TokenMap::Pooling);
    const NdArray& pooling = exploration.trace()->pooling;
    exploration.setHeads({HeadFusion::Single, 1, {}});
    const std::optional<Heatmap> map = exploration.map();
    ASSERT_TRUE(map);
    for (int patch = 0; patch < 20; ++patch)
        EXPECT_EQ(map->values[static_cast<std::size_t>(patch)], pooling.at({1, patch + 1}));
    EXPECT_EQ(exploration.value(0), pooling.at({1, 0}));
    exploration.setHeads({});
    EXPECT_FLOAT_EQ(*exploration.value(5), (pooling.at({0, 5}) + pooling.at({1, 5})) / 2);
    EXPECT_TRUE(exploration.usesHeads());
    EXPECT_FALSE(exploration.usesLayer());
    exploration.setTrace(fakeTrace());
    EXPECT_EQ(exploration.tokenMap(), TokenMap::Attention) << "this model has none";
}

TEST_F(ExplorationTest, LogarithmicColoursBeginAboveZero)
{
    const ValueRange linear = exploration.map()->range;
    EXPECT_EQ(linear.low, 0);
    DisplaySettings display = exploration.display();
    display.logarithmic = true;
    exploration.setDisplay(display);
    const Heatmap map = *exploration.map();
    EXPECT_EQ(map.scale, ColourScale::Logarithmic);
    EXPECT_FLOAT_EQ(map.range.high, linear.high);
    EXPECT_FLOAT_EQ(map.range.low, linear.high / 1000);
    display.range = ValueRange{0.01F, 0.5F};
    exploration.setDisplay(display);
    EXPECT_EQ(exploration.map()->range, (ValueRange{0.01F, 0.5F})) << "set by hand";
}

/// Asks all that views ask, as often as anything is announced.
struct Asker {
    explicit Asker(Exploration& exploration)
    {
        const auto ask = [&exploration, this] {
            if (!exploration.trace())
                return;
            ++asked;
            EXPECT_TRUE(exploration.map());
            EXPECT_TRUE(exploration.value(exploration.shownToken()));
            EXPECT_LT(exploration.layer(), exploration.trace()->layers());
            EXPECT_LT(exploration.hoveredInner().value_or(0), exploration.trace()->model->inner.tokens());
        };
        for (const auto signal :
             {&Exploration::traceChanged, &Exploration::placeChanged, &Exploration::hoverChanged, &Exploration::displayChanged})
            QObject::connect(&exploration, signal, &exploration, ask);
    }
    int asked = 0;
};

FakeSize smaller()
{
    FakeSize size;
    size.layers = 1;
    size.heads = 1;
    size.gridHeight = size.gridWidth = 2;
    size.classes = 2;
    return size;
}

TEST_F(ExplorationTest, PlaceIsInsideTheModelBeforeAnyoneHearsOfTheModel)
{
    const Asker asker(exploration);
    Place last;
    last.layer = 2;
    last.heads = {HeadFusion::Single, 1, {}};
    last.pinned = exploration.trace()->model->tokens() - 1;
    last.chosenClass = 5;
    exploration.setPlace(last);
    exploration.hover(*last.pinned, *last.pinned);
    exploration.hoverInner(3);
    exploration.setTrace(fakeTrace(smaller()));
    EXPECT_EQ(exploration.place(), (Place{0, {HeadFusion::Single, 0, {}}, {}, Direction::LooksAt, {}}));
    EXPECT_GT(asker.asked, 4);
}

/// The same network as fakeTrace(), another picture, and no attention kept.
std::shared_ptr<Trace> withoutAttention()
{
    auto trace = std::make_shared<Trace>(*fakeTrace({.seed = 7}));
    trace->attention.assign(trace->attention.size(), {});
    return trace;
}

TEST_F(ExplorationTest, LayerOfAnotherPictureIsNotTaken)
{
    const auto first = withoutAttention(), second = withoutAttention();
    exploration.setTrace(first);
    exploration.setTrace(second);
    QSignalSpy provided(&exploration, &Exploration::attentionProvided);
    exploration.provideAttention(first.get(), 0, fakeTrace()->attention[0].matrices());
    EXPECT_TRUE(exploration.attention(0).empty());
    EXPECT_EQ(provided.count(), 0);
    exploration.provideAttention(second.get(), 0, fakeTrace()->attention[0].matrices());
    EXPECT_FALSE(exploration.attention(0).empty());
    ASSERT_EQ(provided.count(), 1);
    EXPECT_EQ(provided[0][0].toInt(), 0);
}

TEST_F(ExplorationTest, MissingLayersAreAskedForAsTheyAreShown)
{
    QSignalSpy missing(&exploration, &Exploration::attentionMissing);
    const auto trace = withoutAttention();
    exploration.setTrace(trace);
    exploration.setLayer(2);
    exploration.setDirection(Direction::LookedAtBy);
    ASSERT_EQ(missing.count(), 2);
    EXPECT_EQ(missing[0][0].toInt(), 0);
    EXPECT_EQ(missing[1][0].toInt(), 2);
    exploration.provideAttention(trace.get(), 2, fakeTrace()->attention[2].matrices());
    exploration.setLayer(1);
    exploration.setLayer(2);
    EXPECT_EQ(missing.count(), 3) << "layer 1; layer 2 is there";
}

TEST_F(ExplorationTest, SharedScaleIsOfTheTokenThatIsShown)
{
    DisplaySettings display = exploration.display();
    display.sharedScale = true;
    exploration.setDisplay(display);
    const auto largestOf = [&](int token) {
        float largest = 0;
        for (const LayerAttention& kept : exploration.trace()->attention) {
            const NdArray layer = kept.matrices();
            for (std::int64_t head = 0; head < layer.dim(0); ++head)
                for (std::int64_t key = 1; key < layer.dim(2); ++key)
                    largest = std::max(largest, layer.at({head, token, key}));
        }
        return largest;
    };
    EXPECT_FLOAT_EQ(exploration.map()->range.high, largestOf(0));
    for (const int token : {4, 9}) {
        exploration.hover(token);
        EXPECT_FLOAT_EQ(exploration.map()->range.high, largestOf(token));
    }
}

TEST_F(ExplorationTest, OnlySoManyPlacesAreRemembered)
{
    for (int i = 0; i < 3000; ++i)
        exploration.pin(i % 20);
    int steps = 0;
    while (exploration.canGoBack()) {
        exploration.goBack();
        ++steps;
    }
    EXPECT_EQ(steps, 499);
}

TEST_F(ExplorationTest, EachLayerHasItsOwnOutliers)
{
    auto trace = std::make_shared<Trace>(*fakeTrace());
    for (std::size_t state = 0; state < trace->tokens.size(); ++state) {
        // After layer 0 patch 3 stands out, after layer 1 none, after layer 2 patch 5.
        const std::int64_t outlier = state == 1 ? 3 + 1 : state == 3 ? 5 + 1 : -1;
        const std::int64_t width = trace->tokens[state].dim(1);
        std::vector<float> values(static_cast<std::size_t>(trace->tokens[state].size()));
        for (std::size_t i = 0; i < values.size(); ++i)
            values[i] = static_cast<std::int64_t>(i) / width == outlier ? 90.0F : 1.0F + 0.01F * static_cast<float>(i % 5);
        trace->tokens[state] = NdArray(trace->tokens[state].shape(), std::move(values));
    }
    exploration.setTrace(trace);
    for (const int shown : {0, 1, 2}) {
        exploration.setLayer(shown);
        EXPECT_EQ(exploration.outlierPatches(0), std::vector{3});
        EXPECT_EQ(exploration.outlierPatches(1), std::vector<int>());
        EXPECT_EQ(exploration.outlierPatches(2), std::vector{5});
        EXPECT_TRUE(exploration.map(0, {})->marked[3]) << "whichever layer is chosen";
        EXPECT_FALSE(exploration.map(2, {})->marked[3]);
    }
}

TEST_F(ExplorationTest, EverySetterStaysInsideTheModel)
{
    const Asker asker(exploration);
    for (const int wild : {-7, 1000}) {
        exploration.setLayer(wild);
        exploration.setHeads({HeadFusion::Single, wild, {}});
        exploration.setHeads({HeadFusion::Mean, 0, {wild, 1}});
        exploration.pin(wild);
        exploration.hover(wild, wild);
        exploration.hoverInner(wild);
        exploration.chooseClass(wild);
        exploration.setPlace({wild, {HeadFusion::Single, wild, {wild}}, wild, Direction::LookedAtBy, wild});
        exploration.beginAt({wild, {HeadFusion::Max, wild, {wild}}, wild, Direction::LooksAt, wild});
    }
    exploration.beginAt({2, {HeadFusion::Single, 1, {}}, 20, Direction::LooksAt, {}});
    exploration.setLayer(1);
    exploration.setTrace(fakeTrace(smaller()));
    exploration.goBack();
    exploration.goForward();
    EXPECT_GT(asker.asked, 8);
}

/// An exploration that shows a method's map.
struct ExplorationOfMethods : ExplorationTest {
    const Method* chefer = &findMethod("chefer");
    const Method* occlusion = &findMethod("occlusion");
    QSignalSpy missing{&exploration, &Exploration::mapMissing};

    NdArray values(float first) const
    {
        const ModelSpec& spec = *exploration.trace()->model;
        std::vector<float> numbers(static_cast<std::size_t>(spec.patches()), 0.5F);
        numbers.front() = first;
        return NdArray({spec.gridHeight(), spec.gridWidth()}, std::move(numbers));
    }
    void provide(float first)
    {
        exploration.provideMap(exploration.trace().get(), *exploration.missingMap(), {values(first), {}});
    }
};

TEST_F(ExplorationOfMethods, AMapIsAskedForOnceAndShown)
{
    exploration.setMethod(chefer);
    EXPECT_EQ(missing.count(), 1);
    ASSERT_TRUE(exploration.missingMap());
    EXPECT_EQ(exploration.missingMap()->method, chefer);
    EXPECT_FALSE(exploration.map()) << "attention must not stand in for it";
    provide(2);
    ASSERT_TRUE(exploration.map());
    EXPECT_EQ(exploration.map()->range, (ValueRange{0, 2}));
    EXPECT_FALSE(exploration.missingMap());
    const int prefix = exploration.trace()->model->prefixTokens();
    EXPECT_EQ(exploration.value(prefix), 2.0F);
    EXPECT_FALSE(exploration.value(0)) << "CLS is no patch";
    exploration.setMethod(nullptr);
    exploration.setMethod(chefer);
    EXPECT_EQ(missing.count(), 1) << "it is kept";
}

TEST_F(ExplorationOfMethods, SignedMapsLieAroundZero)
{
    exploration.setMethod(occlusion);
    provide(-3);
    EXPECT_EQ(exploration.map()->range, (ValueRange{-3, 3}));
    EXPECT_EQ(coloursOf(*exploration.map(), exploration.display()), ColourMap::Diverging);
}

TEST_F(ExplorationOfMethods, AnotherClassIsAnotherMap)
{
    exploration.setMethod(chefer);
    const int best = *exploration.shownClass(), other = best == 0 ? 1 : 0;
    EXPECT_EQ(exploration.missingMap()->objective.index, best);
    provide(1);
    exploration.chooseClass(other);
    EXPECT_EQ(exploration.missingMap()->objective.index, other);
    provide(4);
    exploration.chooseAgainst(best);
    EXPECT_EQ(exploration.missingMap()->objective.against, best);
    exploration.chooseAgainst(std::nullopt);
    exploration.chooseClass(best);
    EXPECT_EQ(exploration.map()->range.high, 1) << "the map of the first class again";
}

TEST_F(ExplorationOfMethods, LayersAndHeadsMatterOnlyToThoseThatHaveThem)
{
    const Method* layered = &findMethod("gradcam");
    exploration.setMethod(layered);
    provide(1);
    exploration.setLayer(exploration.layer() == 0 ? 1 : 0);
    EXPECT_TRUE(exploration.missingMap());
    exploration.setMethod(chefer);
    provide(1);
    exploration.setLayer(2);
    EXPECT_FALSE(exploration.missingMap());
}

TEST_F(ExplorationOfMethods, WhatBelongsToAnotherPassIsDropped)
{
    exploration.setMethod(chefer);
    const MapRequest asked = *exploration.missingMap();
    const std::shared_ptr<const Trace> before = exploration.trace();
    exploration.setTrace(fakeTrace());
    EXPECT_EQ(missing.count(), 2) << "the new pass has a map of its own";
    exploration.provideMap(before.get(), asked, {values(1), {}});
    EXPECT_FALSE(exploration.map());
}

TEST_F(ExplorationOfMethods, AFailureIsAnAnswer)
{
    exploration.setMethod(chefer);
    const MapRequest asked = *exploration.missingMap();
    exploration.provideMap(exploration.trace().get(), asked, {{}, QStringLiteral("no memory")});
    EXPECT_FALSE(exploration.map());
    EXPECT_FALSE(exploration.missingMap()) << "it would fail again and again";
    EXPECT_EQ(exploration.answer(asked)->problem, QStringLiteral("no memory"));
}

TEST_F(ExplorationOfMethods, AMethodThatDoesNotSuitTheNextModelGivesWayToAttention)
{
    exploration.setMethod(chefer);
    FakeSize size;
    size.classes = 0;
    exploration.setTrace(fakeTrace(size));
    EXPECT_EQ(exploration.method(), nullptr);
    EXPECT_TRUE(exploration.map());
    exploration.setMethod(&findMethod("nested-rollout"));
    EXPECT_EQ(exploration.method(), nullptr) << "a ViT has nothing nested";
}

TEST_F(ExplorationOfMethods, ANestedMapSumsOverThePatch)
{
    FakeSize size;
    size.architecture = Architecture::Tnt;
    exploration.setTrace(fakeTrace(size));
    exploration.setMethod(&findMethod("nested-rollout"));
    const ModelSpec& spec = *exploration.trace()->model;
    const int side = spec.inner.side;
    const Shape shape{spec.gridHeight() * side, spec.gridWidth() * side};
    exploration.provideMap(exploration.trace().get(), *exploration.missingMap(),
                           {NdArray(shape, std::vector<float>(static_cast<std::size_t>(elementCount(shape)), 0.25F)), {}});
    EXPECT_FLOAT_EQ(*exploration.value(spec.prefixTokens() + 3), 0.25F * static_cast<float>(side * side));
}

/// An exploration in which something is changed.
struct ExplorationOfChanges : ExplorationTest {
    QSignalSpy missing{&exploration, &Exploration::passMissing};
    QSignalSpy traces{&exploration, &Exploration::traceChanged};
    std::shared_ptr<const Trace> base = exploration.trace();
    std::shared_ptr<const Trace> changed = std::make_shared<const Trace>(*base);
    WhatIf erased{{2, 3}, std::nullopt, {}};
};

TEST_F(ExplorationOfChanges, TheChangedPassTakesThePlaceOfTheBase)
{
    exploration.setChange(erased);
    EXPECT_EQ(missing.count(), 1);
    EXPECT_EQ(exploration.trace(), base) << "until the other one is there";
    ASSERT_EQ(exploration.missingPass(), erased);
    exploration.provideChanged(base.get(), erased, changed);
    EXPECT_EQ(exploration.trace(), changed);
    EXPECT_EQ(exploration.base(), base);
    EXPECT_TRUE(exploration.isChanged());
    EXPECT_FALSE(exploration.missingPass());
    EXPECT_EQ(traces.count(), 1);
}

TEST_F(ExplorationOfChanges, ItsMissingLayersAreAskedFor)
{
    QSignalSpy attention(&exploration, &Exploration::attentionMissing);
    exploration.setChange(erased);
    exploration.provideChanged(base.get(), erased, withoutAttention());
    EXPECT_EQ(attention.count(), 1);
}

TEST_F(ExplorationOfChanges, RestoringNeedsNoEngine)
{
    exploration.setChange(erased);
    exploration.provideChanged(base.get(), erased, changed);
    exploration.restore();
    EXPECT_EQ(exploration.trace(), base);
    EXPECT_EQ(missing.count(), 1);
    exploration.goBack();
    EXPECT_EQ(exploration.missingPass(), erased) << "one step back erases them again";
}

TEST_F(ExplorationOfChanges, AStrokeIsOneStepBack)
{
    exploration.setChange({{2}, {}, {}});
    exploration.setChange({{2, 3}, {}, {}}, true);
    exploration.setChange({{2, 3, 4}, {}, {}}, true);
    exploration.goBack();
    EXPECT_TRUE(exploration.place().change.erased.empty());
}

TEST_F(ExplorationOfChanges, StaleStrokesAreDropped)
{
    exploration.setChange({{2}, {}, {}});
    exploration.setChange(erased);
    exploration.provideChanged(base.get(), {{2}, {}, {}}, changed);
    EXPECT_EQ(exploration.trace(), base);
    exploration.setTrace(fakeTrace());
    exploration.provideChanged(base.get(), erased, changed);
    EXPECT_NE(exploration.trace(), changed);
}

TEST_F(ExplorationOfChanges, TheNextPictureIsWhole)
{
    exploration.setChange(erased);
    exploration.provideChanged(base.get(), erased, changed);
    exploration.setTrace(fakeTrace());
    EXPECT_TRUE(exploration.place().change.empty());
    EXPECT_FALSE(exploration.isChanged());
    EXPECT_EQ(exploration.place().change.with, std::nullopt) << "what erased patches become stays";
}

TEST_F(ExplorationOfChanges, GradientsExplainTheNetworksOwnPassAlone)
{
    const Method& chefer = findMethod("chefer");
    exploration.setChange(erased);
    exploration.provideChanged(base.get(), erased, changed);
    EXPECT_FALSE(exploration.request(chefer));
    EXPECT_TRUE(exploration.request(findMethod("rollout"))) << "it needs nothing but what was recorded";
    const WhatIf pixels{{2}, Baseline::Zero, {}};
    exploration.setChange(pixels);
    exploration.provideChanged(base.get(), pixels, changed);
    EXPECT_TRUE(exploration.request(chefer)) << "a pass of another picture";
}

TEST(Exploration, OneStepBackTakesAPullOfASlider)
{
    Exploration exploration;
    exploration.setTrace(fakeTrace());
    exploration.beginAt({});
    const DisplaySettings first = exploration.display();
    for (const double opacity : {0.9, 0.5, 0.1}) {
        DisplaySettings display = exploration.display();
        display.opacity = opacity;
        exploration.setDisplay(display);
    }
    DisplaySettings display = exploration.display();
    display.grid = !display.grid;
    exploration.setDisplay(display);
    exploration.setLayer(1);
    exploration.setLayer(2, true);
    exploration.goBack();
    EXPECT_EQ(exploration.layer(), 0) << "the slider went on from 1 to 2";
    EXPECT_EQ(exploration.display(), display);
    exploration.goBack();
    EXPECT_EQ(exploration.display().grid, first.grid);
    EXPECT_EQ(exploration.display().opacity, 0.1);
    exploration.goBack();
    EXPECT_EQ(exploration.display(), first);
    EXPECT_FALSE(exploration.canGoBack());
    exploration.goForward();
    EXPECT_EQ(exploration.display().opacity, 0.1);
}

}  // namespace vitrine
