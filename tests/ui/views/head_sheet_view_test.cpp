// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/background.h"
#include "ui/views/heads/head_sheet_view.h"

#include <memory>

#include <QComboBox>
#include <QLabel>
#include <QScrollBar>
#include <gtest/gtest.h>

#include "tests/ui/fake_trace.h"
#include "tests/ui/pointer.h"
#include "ui/views/heads/entropy_bars.h"
#include "ui/views/heads/head_sheet_table.h"

using namespace vitrine;

namespace {

class HeadView : public testing::Test {
protected:
    void SetUp() override
    {
        exploration.setTrace(fakeTrace());
        view.resize(600, 320);
        view.show();
        table = view.findChild<HeadSheetTable*>();
        ASSERT_TRUE(table);
    }
    QPointF cell(int row, int layer) const { return table->visualRect(table->model()->index(row, layer)).center(); }
    void clickCell(int row, int layer, Qt::KeyboardModifiers modifiers = Qt::NoModifier)
    {
        click(*table->viewport(), cell(row, layer), modifiers);
    }

    Exploration exploration;
    HeadSheetView view{exploration};
    HeadSheetTable* table = nullptr;
};

TEST_F(HeadView, AClickOpensThatLayerAndHeadInOneStep)
{
    clickCell(2, 1);
    EXPECT_EQ(exploration.layer(), 1);
    EXPECT_EQ(exploration.heads(), (HeadChoice{HeadFusion::Single, 1, {}}));
    exploration.goBack();
    EXPECT_EQ(exploration.layer(), 0);
    EXPECT_EQ(exploration.heads(), HeadChoice{});
    EXPECT_EQ(table->currentIndex().row(), 0);
}

TEST_F(HeadView, AltClickAndZeroSwitchAHeadOffAndOn)
{
    clickCell(2, 1, Qt::AltModifier);
    const std::vector<LayerHead> off{{1, 1}};
    EXPECT_EQ(exploration.place().change.headsOff, off);
    EXPECT_EQ(exploration.heads(), HeadChoice{}) << "it is not opened";
    clickCell(0, 1, Qt::AltModifier);
    EXPECT_EQ(exploration.place().change.headsOff, off) << "the mean is no head";
    clickCell(1, 0);
    pressKey(*table, Qt::Key_0);
    EXPECT_EQ(exploration.place().change.headsOff.size(), 2U);
    clickCell(2, 1, Qt::AltModifier);
    EXPECT_EQ(exploration.place().change.headsOff, (std::vector<LayerHead>{{0, 0}}));
}

TEST_F(HeadView, KeysMoveByLayerAndHead)
{
    pressKey(*table, Qt::Key_Right);
    EXPECT_EQ(exploration.layer(), 1);
    pressKey(*table, Qt::Key_PageDown);
    EXPECT_EQ(exploration.layer(), 2);
    pressKey(*table, Qt::Key_Down);
    EXPECT_EQ(exploration.heads(), (HeadChoice{HeadFusion::Single, 0, {}}));
    pressKey(*table, Qt::Key_Period);
    EXPECT_EQ(exploration.heads().head, 1);
    pressKey(*table, Qt::Key_M);
    EXPECT_EQ(exploration.heads().fusion, HeadFusion::Mean);
    pressKey(*table, Qt::Key_M);
    EXPECT_EQ(exploration.heads(), (HeadChoice{HeadFusion::Single, 1, {}})) << "back to the same head";
}

TEST_F(HeadView, ControlClickAndSpaceChooseHeadsToFuse)
{
    clickCell(1, 0, Qt::ControlModifier);
    EXPECT_EQ(exploration.heads(), (HeadChoice{HeadFusion::Mean, 0, {0}}));
    clickCell(2, 2, Qt::ControlModifier);
    EXPECT_EQ(exploration.heads().subset, (std::vector<int>{0, 1}));
    EXPECT_EQ(exploration.layer(), 0) << "choosing heads does not open a layer";
    clickCell(1, 0, Qt::ControlModifier);
    EXPECT_EQ(exploration.heads().subset, (std::vector<int>{1}));
    clickCell(0, 0, Qt::ControlModifier);
    EXPECT_EQ(exploration.heads().subset, (std::vector<int>{1}));
}

TEST_F(HeadView, FollowsWhatOthersChoose)
{
    exploration.setLayer(2);
    exploration.setHeads({HeadFusion::Single, 1, {}});
    EXPECT_EQ(table->currentIndex(), table->model()->index(2, 2));
}

TEST_F(HeadView, TheNumbersUnderTheMouseAreShownAtOnce)
{
    moveMouse(*table->viewport(), cell(1, 2));
    bool found = false;
    for (const QLabel* const label : view.findChildren<QLabel*>())
        found = found || label->text().startsWith(u"Layer 2, head 0 · CLS looks most at");
    EXPECT_TRUE(found);
}

TEST_F(HeadView, ShowsOneNumberAHead)
{
    auto* const choice = view.findChild<QComboBox*>();
    choice->setCurrentIndex(2);
    backgroundPool().waitForDone();
    QCoreApplication::processEvents();
    const Figure figure = view.figure();
    ASSERT_EQ(figure.numbers.size(), 1U);
    EXPECT_EQ(std::get<NdArray>(figure.numbers[0].values).shape(), (Shape{3, 2}));
    EXPECT_FLOAT_EQ(std::get<NdArray>(figure.numbers[0].values).at({2, 1}),
                    headMetric(*exploration.trace(), HeadMetric::Entropy).at({2, 1}));
}

TEST_F(HeadView, TheFigureHoldsEveryMap)
{
    const Figure figure = view.figure();
    ASSERT_EQ(figure.numbers.size(), 1U);
    EXPECT_EQ(std::get<NdArray>(figure.numbers[0].values).shape(), (Shape{3, 2, 4, 5}));
    EXPECT_EQ(renderFigure(figure, 1).size(), figure.size.toSize());
}

TEST_F(HeadView, FitsWhatItCanAndScrollsTheRest)
{
    EXPECT_EQ(table->horizontalScrollBar()->maximum(), 0);
    FakeSize large;
    large.layers = 24;
    large.heads = 16;
    exploration.setTrace(fakeTrace(large));
    QCoreApplication::processEvents();
    EXPECT_GT(table->horizontalScrollBar()->maximum(), 0);
    EXPECT_GT(table->verticalScrollBar()->maximum(), 0);
    exploration.setLayer(23);
    EXPECT_TRUE(table->viewport()->rect().intersects(table->visualRect(table->currentIndex())));
}

TEST_F(HeadView, CanBeDestroyedWhileItIsShown)
{
    auto shown = std::make_unique<HeadSheetView>(exploration);
    shown->resize(400, 300);
    shown->show();
    QCoreApplication::processEvents();
    shown.reset();
    exploration.setLayer(1);
    EXPECT_EQ(exploration.layer(), 1);
}

TEST(EntropyBarsTest, ComeBackWithTheirPass)
{
    Exploration exploration;
    EntropyBars bars{exploration};
    bars.show();
    const auto trace = fakeTrace();
    exploration.setTrace(trace);
    EXPECT_EQ(bars.partCount(), 3);
    exploration.setTrace(nullptr);
    EXPECT_EQ(bars.partCount(), 0);
    exploration.setTrace(trace);
    EXPECT_EQ(bars.partCount(), 3);
}

TEST(EntropyBarsTest, OfQueriesAndKeysComeLaterAndAreTheSame)
{
    Exploration exploration;
    EntropyBars bars{exploration};
    bars.show();
    const auto factors = fakeTrace({.queriesAndKeys = true});
    exploration.setTrace(factors);
    EXPECT_EQ(bars.partCount(), 0);
    backgroundPool().waitForDone();
    QCoreApplication::processEvents();
    ASSERT_EQ(bars.partCount(), 3);
    QStringList later;
    for (int layer = 0; layer < 3; ++layer)
        later += bars.partValue(layer);
    auto whole = std::make_shared<Trace>(*factors);
    for (LayerAttention& layer : whole->attention)
        layer = layer.matrices();
    exploration.setTrace(whole);
    for (int layer = 0; layer < 3; ++layer)
        EXPECT_EQ(bars.partValue(layer), later[layer]);
}

}  // namespace
