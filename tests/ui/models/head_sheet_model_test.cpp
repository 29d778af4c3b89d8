// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/head_sheet_model.h"

#include <cmath>

#include <QAbstractItemModelTester>
#include <QColor>
#include <QImage>
#include <QSignalSpy>
#include <gtest/gtest.h>

#include "tests/ui/fake_trace.h"
#include "ui/session/background.h"

using namespace vitrine;

namespace {

void settle()
{
    backgroundPool().waitForDone();
    QCoreApplication::processEvents();
}

class HeadSheet : public testing::Test {
protected:
    Exploration exploration;
    HeadSheetModel model{exploration};
    QAbstractItemModelTester tester{&model, QAbstractItemModelTester::FailureReportingMode::Fatal};

    QImage image(int row, int layer) const { return model.index(row, layer).data(Qt::DecorationRole).value<QImage>(); }
};

TEST_F(HeadSheet, IsEmptyWithoutATrace)
{
    EXPECT_EQ(model.rowCount(), 0);
    exploration.setTrace(fakeTrace());
    EXPECT_EQ(model.rowCount(), 3);
    EXPECT_EQ(model.columnCount(), 3);
    exploration.setTrace(nullptr);
    EXPECT_EQ(model.rowCount(), 0);
}

TEST_F(HeadSheet, CellsAreTheMapsOfTheShownToken)
{
    exploration.setTrace(fakeTrace());
    const std::optional<Heatmap> map = exploration.map(2, {HeadFusion::Single, 1, {}});
    ASSERT_TRUE(map);
    EXPECT_EQ(image(2, 2), colourImage(map->values, 5, 4, map->range, ColourMap::Magma));
    const QImage before = image(2, 2);
    exploration.hover(7);
    EXPECT_NE(image(2, 2), before);
    exploration.hover(std::nullopt);
    EXPECT_EQ(image(2, 2), before);
    exploration.setDirection(Direction::LookedAtBy);
    EXPECT_NE(image(2, 2), before);
}

TEST_F(HeadSheet, TellsOnlyWhatChanged)
{
    exploration.setTrace(fakeTrace());
    const QSignalSpy changes(&model, &QAbstractItemModel::dataChanged);
    exploration.setLayer(2);
    exploration.pin(0);  // CLS was shown before
    EXPECT_EQ(changes.count(), 0);
    exploration.pin(3);
    exploration.hover(5);  // pinned: nothing else is shown
    EXPECT_EQ(changes.count(), 1);
    exploration.setHeads({HeadFusion::Max, 0, {}});
    ASSERT_EQ(changes.count(), 2);
    EXPECT_EQ(changes.back().at(1).value<QModelIndex>().row(), 0) << "heads alone change the fused row only";
}

TEST_F(HeadSheet, AnotherPictureOfTheSameModelResetsNothing)
{
    exploration.setTrace(fakeTrace());
    const QSignalSpy resets(&model, &QAbstractItemModel::modelReset);
    FakeSize other;
    other.seed = 2;
    exploration.setTrace(fakeTrace(other));
    EXPECT_EQ(resets.count(), 0);
    other.layers = 5;
    exploration.setTrace(fakeTrace(other));
    EXPECT_EQ(resets.count(), 1);
    EXPECT_EQ(model.columnCount(), 5);
}

TEST_F(HeadSheet, RowsNameTheirHeads)
{
    exploration.setTrace(fakeTrace());
    const auto name = [&](int row) { return model.headerData(row, Qt::Vertical).toString(); };
    EXPECT_EQ(name(0), u"mean");
    EXPECT_EQ(name(2), u"head 1");
    exploration.setHeads({HeadFusion::Max, 0, {0, 1}});
    EXPECT_EQ(name(0), u"max of 2");
    EXPECT_EQ(model.presentRow(), 0);
    EXPECT_TRUE(model.isInSubset(1));
    exploration.setHeads({HeadFusion::Single, 1, {}});
    EXPECT_EQ(model.presentRow(), 2);
    EXPECT_FALSE(model.isInSubset(1));
    EXPECT_EQ(model.headerData(2, Qt::Horizontal).toString(), u"2");
}

TEST_F(HeadSheet, NumbersAreThoseOfTheMetricAndColoursFollow)
{
    const auto trace = fakeTrace();
    exploration.setTrace(trace);
    for (const HeadMetric metric : headMetrics) {
        model.setMetric(metric);
        settle();
        const NdArray numbers = headMetric(*trace, metric);
        EXPECT_FLOAT_EQ(model.number(2, 1), numbers.at({1, 1}));
        EXPECT_FLOAT_EQ(model.number(0, 1), (numbers.at({1, 0}) + numbers.at({1, 1})) / 2);
        EXPECT_EQ(model.numberRange(), rangeOf(numbers.values()));
        EXPECT_EQ(model.index(2, 1).data().toString(), QString::number(numbers.at({1, 1}), 'g', 3));
        EXPECT_EQ(model.index(2, 1).data(Qt::DecorationRole).typeId(), QMetaType::QColor);
    }
    model.setMetric(std::nullopt);
    EXPECT_EQ(model.index(2, 1).data(Qt::DecorationRole).typeId(), QMetaType::QImage);
}

TEST_F(HeadSheet, NumbersOfAnOldPictureAreDropped)
{
    exploration.setTrace(fakeTrace());
    model.setMetric(HeadMetric::Entropy);
    FakeSize other;
    other.seed = 9;
    const auto trace = fakeTrace(other);
    exploration.setTrace(trace);
    settle();
    EXPECT_FLOAT_EQ(model.number(1, 0), headMetric(*trace, HeadMetric::Entropy).at({0, 0}));
}

TEST_F(HeadSheet, SaysInWordsWhatACellShows)
{
    exploration.setTrace(fakeTrace());
    exploration.pin(1 + 7);
    const QString text = model.index(1, 2).data(Qt::AccessibleTextRole).toString();
    EXPECT_TRUE(text.startsWith(u"Layer 2, head 0")) << text.toStdString();
    EXPECT_TRUE(text.contains(u"patch 1, 2 looks most at")) << text.toStdString();
    EXPECT_TRUE(text.contains(u"× uniform") && text.contains(u"nats"));
}

TEST_F(HeadSheet, LayersThatWereNotKeptSayWhatToDo)
{
    auto trace = std::make_shared<Trace>(*fakeTrace());
    const NdArray kept = trace->attention[1].matrices();
    trace->attention[1] = {};
    exploration.setTrace(trace);
    EXPECT_FALSE(model.index(1, 1).data(Qt::DecorationRole).isValid());
    EXPECT_TRUE(model.index(1, 1).data(Qt::ToolTipRole).toString().contains(u"not kept"));
    exploration.provideAttention(trace.get(), 1, kept);
    EXPECT_TRUE(model.index(1, 1).data(Qt::DecorationRole).isValid());
}

TEST_F(HeadSheet, MapsThatAreComputedFromQueriesAndKeysComeLater)
{
    exploration.setTrace(fakeTrace({.heads = 2, .queriesAndKeys = true}));
    exploration.hover(3);
    EXPECT_TRUE(model.isBehind());
    EXPECT_TRUE(image(1, 1).isNull()) << "nothing is computed while it is painted";
    const auto expected = [&](int layer, const HeadChoice& heads) {
        const std::optional<Heatmap> map = exploration.map(layer, heads);
        return colourImage(map->values, map->columns, map->rows, map->range, ColourMap::Magma);
    };
    EXPECT_EQ(model.map(1, 1), expected(1, {HeadFusion::Single, 0, {}})) << "who exports it waits for it";
    QCoreApplication::processEvents();  // what painting asked for
    settle();
    EXPECT_FALSE(model.isBehind());
    const QImage ofThree = image(2, 1);
    EXPECT_EQ(ofThree, expected(1, {HeadFusion::Single, 1, {}}));
    EXPECT_EQ(image(0, 2), expected(2, {}));

    exploration.hover(5);
    EXPECT_TRUE(model.isBehind());
    EXPECT_EQ(image(2, 1), ofThree) << "the old map stays, marked";
    // The token moves on while its maps are computed.
    QCoreApplication::processEvents();
    exploration.hover(6);
    for (int i = 0; i < 3; ++i)
        settle();
    EXPECT_FALSE(model.isBehind());
    EXPECT_EQ(image(2, 1), expected(1, {HeadFusion::Single, 1, {}}));
    EXPECT_NE(image(2, 1), ofThree);
}

TEST_F(HeadSheet, OutliersOfTheColumnsOwnLayerAreClear)
{
    auto trace = std::make_shared<Trace>(*fakeTrace());
    // Patch 3 stands out after the first layer only.
    std::vector<float> values(static_cast<std::size_t>(trace->tokens[1].size()), 1.0F);
    for (std::int64_t i = 0; i < trace->tokens[1].dim(1); ++i)
        values[static_cast<std::size_t>((1 + 3) * trace->tokens[1].dim(1) + i)] = 50.0F;
    trace->tokens[1] = NdArray(trace->tokens[1].shape(), std::move(values));
    DisplaySettings display;
    display.ignoreOutliers = true;
    exploration.setDisplay(display);
    exploration.setTrace(trace);
    for (const int present : {0, 2}) {
        exploration.setLayer(present);
        EXPECT_EQ(qAlpha(image(1, 0).pixel(3, 0)), 0) << present;
        EXPECT_EQ(qAlpha(image(1, 2).pixel(3, 0)), 255) << present;
    }
    const QString text = model.index(1, 0).data(Qt::ToolTipRole).toString();
    EXPECT_FALSE(text.contains(QStringLiteral("looks most at patch 0, 3"))) << text.toStdString();
    EXPECT_TRUE(text.contains(QStringLiteral("1 outlier patch "))) << text.toStdString();
}

}  // namespace
