// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/statistics/statistics_view.h"

#include <QChart>
#include <QChartView>
#include <QComboBox>
#include <QLineSeries>
#include <QScatterSeries>
#include <QTest>
#include <QValueAxis>
#include <gtest/gtest.h>

#include <cmath>

#include "core/explain/head_metrics.h"
#include "tests/ui/fake_trace.h"

namespace vitrine {
namespace {

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
        ASSERT_TRUE(QTest::qWaitFor([this] { return !dots().isEmpty(); }));
    }
    QScatterSeries& heads() { return *qobject_cast<QScatterSeries*>(chart.series().last()); }
    QList<QPointF> dots() { return heads().points(); }
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

TEST_F(StatisticsTest, TheAxisBeginsAtZeroAndHoldsWhatIsUniform)
{
    metric.setCurrentIndex(1);
    ASSERT_TRUE(QTest::qWaitFor([this] { return !dots().isEmpty(); }));
    const auto* values = qobject_cast<QValueAxis*>(chart.axes(Qt::Vertical).first());
    EXPECT_EQ(values->min(), 0);
    EXPECT_GE(values->max(), std::log(exploration.trace()->model->tokens()));
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

TEST_F(StatisticsTest, WithoutAPassThereIsNoChart)
{
    exploration.setTrace(nullptr);
    EXPECT_TRUE(dots().isEmpty());
    EXPECT_TRUE(view.figure().numbers.empty());
}

}  // namespace
}  // namespace vitrine
