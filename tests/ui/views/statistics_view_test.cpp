// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/statistics/statistics_view.h"

#include <QChart>
#include <QChartView>
#include <QComboBox>
#include <QLabel>
#include <QLegendMarker>
#include <QLineSeries>
#include <QScatterSeries>
#include <QSignalSpy>
#include <QTest>
#include <QValueAxis>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/explain/cka.h"
#include "core/explain/head_metrics.h"
#include "tests/ui/fake_trace.h"
#include "tests/ui/pointer.h"
#include "ui/views/statistics/layer_similarity.h"

namespace vitrine {
namespace {

NdArray numbersOf(const Figure& figure)
{
    return std::get<NdArray>(figure.numbers.front().values);
}

struct StatisticsTest : testing::Test {
    Exploration exploration;
    StatisticsView view{exploration};
    QChart& chart = *view.findChild<QChartView*>()->chart();
    QComboBox& metric = *view.findChild<QComboBox*>();

    void SetUp() override
    {
        exploration.setTrace(fakeTrace());
        view.resize(700, 400);
        view.show();
        ASSERT_TRUE(QTest::qWaitFor([this] { return !dots().isEmpty(); }, 30000));
    }
    QScatterSeries& heads() { return *qobject_cast<QScatterSeries*>(chart.series().last()); }
    QList<QPointF> dots() { return heads().points(); }
    QLineSeries& line() { return *qobject_cast<QLineSeries*>(chart.series()[1]); }
    LayerSimilarity& square() { return *view.findChild<LayerSimilarity*>(); }
    void choose(const char* number) { metric.setCurrentIndex(metric.findData(QString::fromLatin1(number))); }
    bool says(const std::string& text)
    {
        return std::ranges::any_of(view.findChildren<QLabel*>(),
                                   [&](const QLabel* label) { return label->text().contains(QString::fromStdString(text)); });
    }
};

TEST_F(StatisticsTest, HasADotForEveryHeadAtItsNumber)
{
    const ModelSpec& spec = *exploration.trace()->model;
    const NdArray numbers = headMetric(*exploration.trace(), HeadMetric::MeanDistance);
    ASSERT_EQ(dots().size(), spec.layers * spec.heads);
    for (int layer = 0, i = 0; layer < spec.layers; ++layer)
        for (int head = 0; head < spec.heads; ++head, ++i) {
            EXPECT_EQ(dots()[i].x(), layer);
            EXPECT_FLOAT_EQ(static_cast<float>(dots()[i].y()), numbers.at({layer, head}));
        }
}

TEST_F(StatisticsTest, TheLegendTellsWhatIsShownFromTheOthers)
{
    const QList<QLegendMarker*> markers = chart.legend()->markers();
    for (const QLegendMarker* one : markers)
        for (const QLegendMarker* other : markers)
            if (one != other && one->isVisible() && other->isVisible()) {
                EXPECT_NE(one->brush(), other->brush()) << one->label().toStdString() << ", " << other->label().toStdString();
            }
}

TEST_F(StatisticsTest, TheAxisBeginsAtZeroAndHoldsWhatIsUniform)
{
    metric.setCurrentIndex(1);
    ASSERT_TRUE(QTest::qWaitFor([this] { return !dots().isEmpty(); }, 30000));
    const auto* values = qobject_cast<QValueAxis*>(chart.axes(Qt::Vertical).first());
    EXPECT_EQ(values->min(), 0);
    EXPECT_GE(values->max(), std::log(exploration.trace()->model->tokens()));
}

TEST_F(StatisticsTest, NumbersOfAHiddenPageAreTakenWhenTheyAreWanted)
{
    const QList<QPointF> before = dots();
    view.hide();
    exploration.setTrace(fakeTrace({.seed = 2}));
    ASSERT_TRUE(
        QTest::qWaitFor([&] { return view.figure().numbers.size() == 1 && dots() != before && !dots().isEmpty(); }, 30000));
    const NdArray expected = headMetric(*exploration.trace(), HeadMetric::MeanDistance);
    EXPECT_EQ(numbersOf(view.figure()).values()[0], expected.values()[0]) << "a figure of a page that is not open";

    exploration.setTrace(fakeTrace({.layers = 2, .seed = 3}));
    EXPECT_FALSE(dots().isEmpty()) << "nothing is laid out for nobody";
    view.show();
    ASSERT_TRUE(QTest::qWaitFor([this] { return dots().size() == 2 * exploration.trace()->model->heads; }, 30000));
    EXPECT_FLOAT_EQ(static_cast<float>(dots()[0].y()), headMetric(*exploration.trace(), HeadMetric::MeanDistance).values()[0]);
}

TEST_F(StatisticsTest, AClickOpensTheHead)
{
    const ModelSpec& spec = *exploration.trace()->model;
    const int layer = 1, head = 1;
    Q_EMIT heads().clicked(dots()[layer * spec.heads + head]);
    EXPECT_EQ(exploration.layer(), layer);
    EXPECT_EQ(exploration.heads().fusion, HeadFusion::Single);
    EXPECT_EQ(exploration.heads().head, head);
}

TEST_F(StatisticsTest, HasNumbersOfWholeLayers)
{
    metric.setCurrentIndex(4);
    const Trace& trace = *exploration.trace();
    auto& line = *qobject_cast<QLineSeries*>(chart.series()[1]);
    ASSERT_EQ(line.points().size(), trace.layers());
    EXPECT_TRUE(dots().isEmpty());
    const NdArray& last = trace.tokens.back();
    double sum = 0;
    for (std::int64_t token = trace.model->prefixTokens(); token < last.dim(0); ++token) {
        double square = 0;
        for (const float value : last[token].values())
            square += static_cast<double>(value) * static_cast<double>(value);
        sum += std::sqrt(square);
    }
    EXPECT_NEAR(line.points().last().y(), sum / trace.model->patches(), 1e-4);
    EXPECT_EQ(view.figure().numbers.front().name, "layers");
    Q_EMIT line.clicked(line.points()[2]);
    EXPECT_EQ(exploration.layer(), 2);
    metric.setCurrentIndex(6);
    EXPECT_TRUE(line.points().isEmpty()) << "a ViT has nothing inside its patches";
    exploration.setTrace(fakeTrace({.architecture = Architecture::Tnt}));
    EXPECT_EQ(line.points().size(), exploration.trace()->layers());
}

TEST_F(StatisticsTest, TheLensFollowsTheShownClassToItsPrediction)
{
    const Trace& trace = *exploration.trace();
    QSignalSpy missing(&view, &StatisticsView::mapMissing);
    choose("lens");
    ASSERT_TRUE(view.missingMap());
    EXPECT_EQ(missing.count(), 1);
    EXPECT_TRUE(says("being computed"));
    std::vector<float> logits;
    for (int i = 0; i < 3 * 6; ++i)
        logits.push_back(static_cast<float>(i % 7));
    const std::vector<float> afterSecond(logits.begin() + 2 * 6, logits.end());
    logits.insert(logits.end(), trace.logits.data(), trace.logits.data() + 6);
    exploration.provideMap(&trace, *view.missingMap(), {NdArray({4, 6}, logits), {}});
    EXPECT_FALSE(view.missingMap());
    const int first = topClass(trace.logits), other = (first + 1) % 6;
    ASSERT_EQ(line().points().size(), 3);
    EXPECT_EQ(line().points()[2].y(), double(probabilities(trace.logits)[static_cast<std::size_t>(first)]));
    EXPECT_TRUE(says(trace.model->label(first)));

    exploration.chooseClass(other);
    EXPECT_FALSE(view.missingMap()) << "all classes came at once";
    EXPECT_EQ(line().points()[2].y(), double(probabilities(trace.logits)[static_cast<std::size_t>(other)]));
    EXPECT_EQ(line().points()[1].y(), double(probabilities(NdArray({6}, afterSecond))[static_cast<std::size_t>(other)]));
    const Figure figure = view.figure();
    EXPECT_TRUE(figure.title.contains(QString::fromStdString(trace.model->label(other))));
    ASSERT_EQ(numbersOf(figure).shape(), Shape{3});
    EXPECT_EQ(double(numbersOf(figure).at({1})), line().points()[1].y());

    // A real click on the point of layer 2.
    auto& area = *view.findChild<QChartView*>();
    ASSERT_TRUE(QTest::qWaitForWindowExposed(&view));
    const QPointF at = area.mapFromScene(chart.mapToScene(chart.mapToPosition(line().points()[2], &line())));
    click(*area.viewport(), at);
    EXPECT_EQ(exploration.layer(), 2);
}

TEST_F(StatisticsTest, SaysWhyThereIsNoLens)
{
    choose("lens");
    exploration.provideMap(exploration.trace().get(), *view.missingMap(), {{}, QStringLiteral("The engine is gone.")});
    EXPECT_TRUE(says("The engine is gone."));
    EXPECT_TRUE(line().points().isEmpty());
    exploration.setTrace(fakeTrace({.classes = 0}));
    EXPECT_FALSE(view.missingMap());
    EXPECT_TRUE(says("no classification head"));
    EXPECT_FALSE(view.figure().paint);
    auto changed = std::make_shared<Trace>(*fakeTrace());
    changed->edits.headsOff = {{0, 1}};
    exploration.setTrace(changed);
    EXPECT_FALSE(view.missingMap());
    EXPECT_TRUE(says("bring back what was erased"));
}

TEST_F(StatisticsTest, TheSquareHasTheCkaOfEachTwoLayers)
{
    choose("cka");
    ASSERT_TRUE(QTest::qWaitFor([this] { return !square().numbers().empty(); }, 30000));
    EXPECT_TRUE(square().isVisible());
    EXPECT_FALSE(view.findChild<QChartView*>()->isVisible());
    Cka cka;
    cka.add(*exploration.trace(), *exploration.trace());
    const float expected = cka.similarity().at({1, 3});
    ASSERT_EQ(square().numbers().shape(), (Shape{3, 3}));
    EXPECT_EQ(square().numbers().at({0, 2}), expected);
    EXPECT_TRUE(says("over the 20 patches of this picture alone"));

    const QRectF all = square().square();
    ASSERT_GT(all.width(), 60);
    const QPointF at(all.left() + all.width() * 5 / 6, all.bottom() - all.height() / 6);  // layer 0, across at layer 2
    const QImage drawn = square().grab().toImage();
    EXPECT_EQ(drawn.pixel((at * drawn.devicePixelRatio()).toPoint()), colourAt(exploration.display().colours, expected));
    moveMouse(square(), at);
    EXPECT_TRUE(says("layer 0 and layer 2: " + formatValue(double(expected)).toStdString()));
    click(square(), at);
    EXPECT_EQ(exploration.layer(), 2);
    leaveWidget(square());
    EXPECT_FALSE(says("layer 0 and layer 2"));

    pressKey(square(), Qt::Key_Left);
    EXPECT_TRUE(says("layer 2 and layer 1: "));
    pressKey(square(), Qt::Key_Down);
    EXPECT_TRUE(says("layer 1 and layer 1: 1"));
    pressKey(square(), Qt::Key_Return);
    EXPECT_EQ(exploration.layer(), 1);
    const Figure figure = view.figure();
    ASSERT_EQ(figure.numbers.front().name, "cka");
    EXPECT_EQ(numbersOf(figure).at({2, 0}), expected);
    EXPECT_EQ(figure.table()[1].name, "other_layer");
}

TEST_F(StatisticsTest, TheSquareOfAnotherPictureIsDropped)
{
    choose("cka");
    const auto second = fakeTrace({.layers = 4, .seed = 2});
    exploration.setTrace(second);
    ASSERT_TRUE(QTest::qWaitFor([this] { return !square().numbers().empty(); }, 30000));
    Cka cka;
    cka.add(*second, *second);
    ASSERT_EQ(square().numbers().shape(), (Shape{4, 4}));
    EXPECT_EQ(square().numbers().at({3, 1}), cka.similarity().at({4, 2}));
    exploration.setTrace(fakeTrace({.gridHeight = 1, .gridWidth = 3}));
    ASSERT_TRUE(QTest::qWaitFor([this] { return !square().problem().isEmpty(); }, 30000));
    EXPECT_TRUE(square().problem().contains(QStringLiteral("at least 4 patches")));
    EXPECT_TRUE(view.figure().numbers.empty());
}

TEST_F(StatisticsTest, KnowsItsNumbersByName)
{
    for (const char* name : {"entropy", "inner_share", "lens", "cka", "distance"}) {
        view.restore(QString::fromLatin1(name));
        EXPECT_EQ(view.state().toString(), QString::fromLatin1(name));
    }
    view.restore(QStringLiteral("none of them"));
    EXPECT_EQ(view.state().toString(), QStringLiteral("distance"));
}

TEST_F(StatisticsTest, WithoutAPassThereIsNoChart)
{
    exploration.setTrace(nullptr);
    EXPECT_TRUE(dots().isEmpty());
    EXPECT_TRUE(view.figure().numbers.empty());
}

}  // namespace
}  // namespace vitrine
