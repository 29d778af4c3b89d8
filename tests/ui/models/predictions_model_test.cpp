// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/predictions_model.h"

#include <gtest/gtest.h>

#include <QAbstractItemModelTester>

#include <cmath>
#include <limits>

#include "tests/ui/fake_trace.h"

namespace vitrine {

namespace {

std::shared_ptr<const Trace> traceWithLogits(std::vector<float> logits, std::vector<std::string> labels)
{
    auto spec = std::make_shared<ModelSpec>(*fakeSpec());
    spec->classes = static_cast<int>(logits.size());
    spec->labels = std::move(labels);
    auto trace = std::make_shared<Trace>(*fakeTrace());
    trace->model = spec;
    const auto count = static_cast<std::int64_t>(logits.size());
    trace->logits = NdArray({count}, std::move(logits));
    return trace;
}

TEST(PredictionsModel, KeepsTheRulesOfItemModels)
{
    PredictionsModel model(3);
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
    EXPECT_EQ(model.rowCount(), 0);
    model.setTrace(fakeTrace());
    EXPECT_EQ(model.rowCount(), 3);
    model.setLimit(20);
    EXPECT_EQ(model.rowCount(), 6);
    model.setTrace(fakeTrace({.classes = 2}));
    EXPECT_EQ(model.rowCount(), 2);
    model.setTrace(nullptr);
    EXPECT_EQ(model.rowCount(), 0);
}

TEST(PredictionsModel, RanksAllClassesBestFirst)
{
    PredictionsModel model(2);
    model.setTrace(traceWithLogits({0, std::log(6.0F), std::log(3.0F)}, {"tench", "lynx", "tabby"}));
    ASSERT_EQ(model.rowCount(), 2);
    EXPECT_EQ(model.classes(), 3);
    EXPECT_EQ(model.index(0, PredictionsModel::ClassColumn).data().toString(), QStringLiteral("lynx"));
    EXPECT_NEAR(model.index(0, PredictionsModel::ProbabilityColumn).data().toDouble(), 0.6, 1e-6);
    EXPECT_NEAR(model.index(1, PredictionsModel::LogitColumn).data().toDouble(), std::log(3.0), 1e-6);
    EXPECT_EQ(model.index(1, PredictionsModel::RankColumn).data().toInt(), 2);
    EXPECT_EQ(model.index(1, 0).data(PredictionsModel::ClassIndexRole).toInt(), 2);
    EXPECT_EQ(model.rankOf(0), 2) << "beyond the limit, but known";
    EXPECT_EQ(model.rankOf(3), std::nullopt);
}

TEST(PredictionsModel, NamesClassesByNumberWithoutLabels)
{
    PredictionsModel model;
    model.setTrace(traceWithLogits({1, 2}, {}));
    EXPECT_EQ(model.index(0, 0).data().toString(), QStringLiteral("class 1"));
    EXPECT_EQ(model.className(0), QStringLiteral("class 0"));
}

TEST(PredictionsModel, BrokenWeightsStillGiveAnAnswer)
{
    PredictionsModel model;
    model.setTrace(traceWithLogits({std::numeric_limits<float>::quiet_NaN(), 1}, {"a", "b"}));
    EXPECT_EQ(model.index(0, 0).data().toString(), QStringLiteral("b"));
    EXPECT_TRUE(model.index(1, 0).data(Qt::ToolTipRole).toString().contains(QStringLiteral("NaN")));
}

TEST(PredictionsModel, WhatIsUnreliableIsNotRanked)
{
    auto trace = std::make_shared<Trace>(*fakeTrace());
    auto spec = std::make_shared<ModelSpec>(*trace->model);
    spec->assume(Severity::Unreliable, "Weights are not numbers.");
    trace->model = spec;
    PredictionsModel model(-1);
    model.setTrace(trace);
    EXPECT_EQ(model.rowCount(), 0);
    EXPECT_EQ(model.classes(), 0);
}

TEST(PredictionsModel, PercentagesHaveTheDigitsThatMatter)
{
    EXPECT_EQ(formatPercent(0.8168), QStringLiteral("81.7 %"));
    EXPECT_EQ(formatPercent(1), QStringLiteral("100.0 %"));
    EXPECT_EQ(formatPercent(0), QStringLiteral("0.0 %"));
    EXPECT_EQ(formatPercent(0.0004), QStringLiteral("0.04 %"));
    EXPECT_EQ(formatPercent(1e-6), QStringLiteral("< 0.01 %"));
}

}  // namespace

}  // namespace vitrine
