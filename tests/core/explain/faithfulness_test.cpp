// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/explain/faithfulness.h"

#include <cmath>
#include <limits>
#include <numeric>

#include <gmock/gmock.h>

#include "tests/core/trace/small_trace.h"

namespace vitrine {
namespace {

using testing::Each;
using testing::FloatNear;
using testing::HasSubstr;
using testing::Le;
using testing::Pointwise;
using testing::SizeIs;
using testing::ThrowsMessage;

/// Two classes: the logit of the first is `weight` times the sum of the input, of the second 0. Keeps what it was shown.
class SumEngine final : public Engine {
public:
    SumEngine(ModelSpec spec, double weight, int classes = 2)
        : m_weight(weight)
    {
        spec.classes = classes;
        m_spec = std::make_shared<const ModelSpec>(std::move(spec));
    }

    std::shared_ptr<const ModelSpec> model() const override { return m_spec; }
    std::string device() const override { return "test"; }
    std::string deviceId() const override { return "test"; }
    Precision precision() const override { return Precision::Float32; }
    PositionEmbeddings positions() const override { return {}; }
    NdArray attention(const Trace&, int, std::stop_token) override { return {}; }
    std::vector<std::shared_ptr<const Trace>> run(std::span<const PreparedImage> pictures, const RecordOptions& options,
                                                  std::stop_token, const Progress&) override
    {
        EXPECT_TRUE(options.logitsOnly);
        batches.push_back(pictures.size());
        std::vector<std::shared_ptr<const Trace>> traces;
        for (const PreparedImage& picture : pictures) {
            inputs.push_back(picture.input);
            Trace trace = test::traceOf(*m_spec);
            trace.logits = NdArray({2}, {static_cast<float>(m_weight * sum(picture.input)), 0});
            traces.push_back(std::make_shared<const Trace>(std::move(trace)));
        }
        return traces;
    }

    static double sum(const NdArray& input) { return std::accumulate(input.values().begin(), input.values().end(), 0.0); }

    std::vector<NdArray> inputs;
    std::vector<std::size_t> batches;

private:
    std::shared_ptr<const ModelSpec> m_spec;
    double m_weight;
};

constexpr int pictureSide = 24;

/// 2 x 2 patches; pixel i of channel c is i + 1000 c.
PreparedImage picture()
{
    PreparedImage prepared;
    prepared.input = test::filled({3, pictureSide, pictureSide}, [](std::int64_t at) {
        return at % (pictureSide * pictureSide) + 1000 * (at / (pictureSide * pictureSide));
    });
    return prepared;
}

Faithfulness faithfulness(Engine& engine, const PreparedImage& picture, const NdArray& map, int classIndex,
                          const FaithfulnessOptions& options = {}, const std::stop_token& stop = {},
                          const Progress& progress = {})
{
    return FaithfulnessMeter(engine, picture, classIndex, options).measure(map, stop, progress);
}

SumEngine engineOf(double weight)
{
    return {test::gridSpec(2, 2, pictureSide / 2), weight};
}

float sigmoid(double x)
{
    return static_cast<float>(1 / (1 + std::exp(-x)));
}

/// Enlarged, every pixel outweighs those of the rows below; the six rows at each edge are alike.
const NdArray readingOrder({2, 2}, {1000, 999, 900, 899});

TEST(Faithfulness, DeletesAndInsertsInTheOrderOfTheMap)
{
    SumEngine engine = engineOf(1e-6);
    const Faithfulness found = faithfulness(engine, picture(), readingOrder, 0, {.steps = 4});
    ASSERT_THAT(engine.inputs, SizeIs(9 + 10));
    const NdArray whole = picture().input;
    for (int step = 0; step <= 4; ++step)
        for (int at = 0; at < whole.size(); ++at) {
            const bool gone = at % (pictureSide * pictureSide) < step * pictureSide * pictureSide / 4;
            ASSERT_EQ(engine.inputs[static_cast<std::size_t>(step)].data()[at], gone ? 0 : whole.data()[at]);
        }
    const NdArray& soft = engine.inputs[5];
    for (int step = 1; step < 4; ++step)
        for (int at = 0; at < whole.size(); ++at) {
            const bool there = at % (pictureSide * pictureSide) < step * pictureSide * pictureSide / 4;
            ASSERT_EQ(engine.inputs[static_cast<std::size_t>(5 + step)].data()[at], there ? whole.data()[at] : soft.data()[at]);
        }

    ASSERT_EQ(found.deletion.shape(), (Shape{5}));
    for (int step = 0; step <= 4; ++step)
        EXPECT_NEAR(found.deletion.at({step}), sigmoid(1e-6 * SumEngine::sum(engine.inputs[static_cast<std::size_t>(step)])),
                    1e-6);
    EXPECT_EQ(found.insertion.at({4}), found.deletion.at({0}));
    EXPECT_NEAR(found.insertion.at({0}), sigmoid(1e-6 * SumEngine::sum(soft)), 1e-6);
    const NdArray& d = found.deletion;
    EXPECT_NEAR(found.deletionArea, (d.at({0}) / 2 + d.at({1}) + d.at({2}) + d.at({3}) + d.at({4}) / 2) / 4, 1e-6);
}

TEST(Faithfulness, StepsThatDoNotDivideThePixelsAreRoundedDown)
{
    SumEngine engine = engineOf(0);
    faithfulness(engine, picture(), readingOrder, 0, {.steps = 7});
    // Every pixel of the last channel is above 0 until it is taken away.
    for (int step = 0; step <= 7; ++step) {
        const NdArray& input = engine.inputs[static_cast<std::size_t>(step)];
        int gone = 0;
        for (int at = 2 * pictureSide * pictureSide; at < 3 * pictureSide * pictureSide; ++at)
            gone += input.data()[at] == 0 ? 1 : 0;
        EXPECT_EQ(gone, step * pictureSide * pictureSide / 7) << step;
    }
}

TEST(Faithfulness, TakesTheLargestWeightFirstBetweenPatchesToo)
{
    // One bright patch: the pixels that go first lie around its middle, held to the corner.
    SumEngine engine = engineOf(0);
    faithfulness(engine, picture(), NdArray({2, 2}, {0, 0, 0, 1}), 0, {.steps = 16});
    const NdArray& first = engine.inputs[1];
    for (int y = 0; y < pictureSide; ++y)
        for (int x = 0; x < pictureSide; ++x) {
            const double right = std::clamp((x + 0.5) / 12 - 0.5, 0.0, 1.0), down = std::clamp((y + 0.5) / 12 - 0.5, 0.0, 1.0);
            if (right * down == 1) {
                EXPECT_EQ(first.at({0, y, x}), 0) << y << ' ' << x;
            } else if (right * down < 0.6) {
                EXPECT_EQ(first.at({0, y, x}), picture().input.at({0, y, x})) << y << ' ' << x;
            }
        }
}

TEST(Faithfulness, InsertionStartsFromRisesBlur)
{
    // A single bright pixel spreads as SciPy's gaussian_filter(impulse of 11 x 11, 5) does, cut at the edge.
    const std::array<double, 11> taps{0.08795815, 0.08889612, 0.0904742, 0.09219112, 0.09348939, 0.09398206,
                                      0.09348939, 0.09219112, 0.0904742, 0.08889612, 0.08795815};
    PreparedImage prepared;
    prepared.input = test::filled({3, pictureSide, pictureSide},
                                  [](std::int64_t at) { return at == 3 * pictureSide + 12 ? 1 : 0; });
    SumEngine engine = engineOf(0);
    faithfulness(engine, prepared, readingOrder, 0, {.steps = 2});
    const NdArray& soft = engine.inputs[3];
    for (int y = 0; y < pictureSide; ++y)
        for (int x = 0; x < pictureSide; ++x) {
            const int row = y - 3 + 5, column = x - 12 + 5;
            const bool reached = row >= 0 && row < 11 && column >= 0 && column < 11;
            const auto tap = [&](int at) { return taps.at(static_cast<std::size_t>(at)); };
            EXPECT_NEAR(soft.at({0, y, x}), reached ? tap(row) * tap(column) : 0, 1e-7);
            EXPECT_EQ(soft.at({1, y, x}), 0);
        }
}

TEST(Faithfulness, SacoTakesEachTenthAwayAlone)
{
    // The picture's values grow in reading order: the later a pixel, the more its loss costs.
    SumEngine engine = engineOf(1e-6);
    EXPECT_NEAR(faithfulness(engine, picture(), readingOrder, 0, {.steps = 1}).saco, -1, 1e-9);
    ASSERT_THAT(engine.inputs, SizeIs(3 + 10));
    const NdArray whole = picture().input;
    for (int at = 0; at < whole.size(); ++at) {
        int kept = 0;
        for (std::size_t pass = 3; pass < 13; ++pass) {
            const float value = engine.inputs[pass].data()[at];
            kept += value == whole.data()[at];
            ASSERT_TRUE(value == 0 || value == whole.data()[at]);
        }
        ASSERT_EQ(kept, whole.data()[at] == 0 ? 10 : 9) << "taken away in one tenth, no other";
    }
    EXPECT_GT(faithfulness(engine, picture(), NdArray({2, 2}, {899, 900, 999, 1000}), 0).saco, 0.999)
        << "enlarged, nearly the order of the values";
    EXPECT_EQ(faithfulness(engine, picture(), NdArray({2, 2}, {3, 3, 3, 3}), 0).saco, 0);
}

TEST(Faithfulness, SacoIsHandComputed)
{
    // Ten columns, one tenth each: weights 9 .. 0, falls 9 .. 0 but for the first two, which change places. Of 165 units of
    // difference (9 + 16 + 21 + 24 + 25 + 24 + 21 + 16 + 9) the one between these two counts against the map.
    ModelSpec spec = test::gridSpec(1, 10, 1);
    SumEngine engine(spec, 1e-4);
    PreparedImage prepared;
    const std::vector<float> values{8, 9, 7, 6, 5, 4, 3, 2, 1, 0};
    prepared.input = test::filled({3, 1, 10}, [&](std::int64_t i) { return values[static_cast<std::size_t>(i % 10)]; });
    const NdArray map({1, 10}, {9, 8, 7, 6, 5, 4, 3, 2, 1, 0});
    EXPECT_NEAR(faithfulness(engine, prepared, map, 0, {.steps = 1}).saco, 163.0 / 165, 1e-9);
}

TEST(Faithfulness, WhatIsTakenAwayBecomesTheBaseline)
{
    for (const Baseline baseline : {Baseline::Zero, Baseline::Mean, Baseline::Blur}) {
        SumEngine engine = engineOf(1e-6);
        const Faithfulness found = faithfulness(engine, picture(), readingOrder, 0,
                                                {.steps = 1, .deletion = baseline, .insertion = baseline});
        const NdArray& none = engine.inputs[1];
        EXPECT_EQ(found.deletion.at({1}), found.insertion.at({0}));
        EXPECT_THAT(engine.inputs, SizeIs(2 + 10)) << "what both curves show is run once";
        const float mean = (pictureSide * pictureSide - 1) / 2.0F;
        if (baseline == Baseline::Zero) {
            EXPECT_THAT(none.values(), Each(0));
        } else if (baseline == Baseline::Mean) {
            EXPECT_EQ(none.at({0, 3, 5}), mean);
            EXPECT_EQ(none.at({2, 20, 1}), mean + 2000);
        } else {
            // Far from the edges a slope stays as it is.
            EXPECT_NEAR(none.at({0, 12, 12}), picture().input.at({0, 12, 12}), 0.05);
        }
    }
}

TEST(Faithfulness, OfWhatNeverChangesIsTheProbability)
{
    SumEngine engine = engineOf(0);
    double fraction = 0;
    const Faithfulness found = faithfulness(engine, picture(), readingOrder, 1, {.steps = 30}, {},
                                            [&](double done, std::string_view) {
                                                EXPECT_GT(done, fraction);
                                                fraction = done;
                                            });
    EXPECT_EQ(fraction, 1);
    EXPECT_NEAR(found.deletionArea, 0.5, 1e-7);
    EXPECT_NEAR(found.insertionArea, 0.5, 1e-7);
    EXPECT_THAT(engine.batches, Each(Le(16U)));
    EXPECT_EQ(engine.inputs.size(), 61U + 9U) << "the first tenth is deletion's third step";
}

TEST(Faithfulness, MapsOfOnePictureShareWhatIsTheSameForAll)
{
    SumEngine engine = engineOf(1e-6);
    FaithfulnessMeter meter(engine, picture(), 0, {.steps = 10});
    const NdArray other({2, 2}, {1, 7, 3, 2});
    const Faithfulness first = meter.measure(readingOrder), second = meter.measure(other);
    EXPECT_EQ(engine.inputs.size(), 21U + 9U + 18U + 9U);
    SumEngine fresh = engineOf(1e-6);
    const Faithfulness alone = faithfulness(fresh, picture(), other, 0, {.steps = 10});
    EXPECT_THAT(second.deletion.values(), testing::ElementsAreArray(alone.deletion.values()));
    EXPECT_THAT(second.insertion.values(), testing::ElementsAreArray(alone.insertion.values()));
    EXPECT_EQ(second.saco, alone.saco);
    EXPECT_NE(second.deletionArea, first.deletionArea);
}

TEST(Faithfulness, ByPatchesWholePatchesGo)
{
    SumEngine engine = engineOf(0);
    faithfulness(engine, picture(), NdArray({2, 2}, {2, 4, 1, 3}), 0, {.steps = 4, .by = Ranking::Patches});
    const std::array place{2, 0, 3, 1};  // of each patch in the order of the map
    const NdArray whole = picture().input;
    for (int step = 0; step <= 4; ++step)
        for (int channel = 0; channel < 3; ++channel)
            for (int y = 0; y < pictureSide; ++y)
                for (int x = 0; x < pictureSide; ++x) {
                    const bool gone = place.at(static_cast<std::size_t>(y / 12 * 2 + x / 12)) < step;
                    ASSERT_EQ(engine.inputs[static_cast<std::size_t>(step)].at({channel, y, x}),
                              gone ? 0 : whole.at({channel, y, x}));
                }
    EXPECT_THAT(engine.inputs, SizeIs(4 + 1 + 4 + 3)) << "of four patches six tenths are empty, and the first patch is a step";
}

TEST(Faithfulness, ByPatchesAFinerMapCountsWithItsMean)
{
    SumEngine coarse = engineOf(1e-6), fine = engineOf(1e-6);
    const FaithfulnessOptions options{.steps = 3, .by = Ranking::Patches};
    const NdArray cells({4, 4}, {0, 9, 0, 0,  //
                                 0, 0, 0, 1,  //
                                 2, 2, 0, 0,  //
                                 2, 4, 5, 1});
    const Faithfulness one = faithfulness(coarse, picture(), NdArray({2, 2}, {9, 1, 10, 6}), 0, options);
    const Faithfulness other = faithfulness(fine, picture(), cells, 0, options);
    EXPECT_THAT(other.deletion.values(), testing::ElementsAreArray(one.deletion.values()));
    EXPECT_NEAR(other.saco, one.saco, 1e-9);
}

TEST(Faithfulness, ARestThatNoPatchCoversStays)
{
    ModelSpec spec = test::gridSpec(2, 2, pictureSide / 2 - 1);
    spec.imageHeight = spec.imageWidth = pictureSide;
    SumEngine engine(spec, 0);
    faithfulness(engine, picture(), readingOrder, 0, {.steps = 1, .by = Ranking::Patches});
    const NdArray& none = engine.inputs[1];
    EXPECT_EQ(none.at({1, 21, 21}), 0);
    EXPECT_EQ(none.at({1, 21, 22}), picture().input.at({1, 21, 22}));
    EXPECT_EQ(none.at({2, 23, 0}), picture().input.at({2, 23, 0}));
}

TEST(Faithfulness, CanBeStopped)
{
    SumEngine engine = engineOf(0);
    std::stop_source stop;
    EXPECT_THROW(faithfulness(engine, picture(), readingOrder, 0, {}, stop.get_token(),
                              [&](double, std::string_view) { stop.request_stop(); }),
                 Cancelled);
    EXPECT_THAT(engine.batches, SizeIs(1));
}

TEST(Faithfulness, NeedsNumbersAndAHead)
{
    SumEngine engine = engineOf(0);
    const NdArray broken({2, 2}, {1, std::numeric_limits<float>::quiet_NaN(), 3, 4});
    EXPECT_THAT([&] { faithfulness(engine, picture(), broken, 0, {.steps = 4}); },
                ThrowsMessage<Error>(HasSubstr("not numbers")));
    EXPECT_THAT(engine.inputs, SizeIs(0));
    SumEngine headless(test::gridSpec(2, 2, pictureSide / 2), 0, 0);
    EXPECT_THAT([&] { faithfulness(headless, picture(), readingOrder, 0, {.steps = 4}); },
                ThrowsMessage<Error>(HasSubstr("no classification head")));
}

}  // namespace
}  // namespace vitrine
