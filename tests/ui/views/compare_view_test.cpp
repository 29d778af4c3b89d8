// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/compare/compare_view.h"

#include <gtest/gtest.h>

#include <QAction>
#include <QApplication>
#include <QChart>
#include <QChartView>
#include <QComboBox>
#include <QLineSeries>
#include <QSpinBox>
#include <QTest>

#include <algorithm>
#include <cmath>

#include "tests/ui/fake_trace.h"
#include "ui/views/compare/compare_statistics.h"
#include "ui/views/compare/difference_view.h"
#include "ui/views/inner/inner_view.h"

namespace vitrine {

class CompareViewTest : public testing::Test {
protected:
    CompareViewTest()
    {
        view.resize(1000, 600);
        const auto vit = fakeTrace(), tnt = fakeTrace({.architecture = Architecture::Tnt, .seed = 4});
        view.setPicture(CompareView::First, vit->picture.view, QStringLiteral("cat.png"));
        view.setPicture(CompareView::Second, tnt->picture.view, QStringLiteral("cat.png"));
        first.setTrace(vit);
        second.setTrace(tnt);
        view.show();
        view.activateWindow();
        EXPECT_TRUE(QTest::qWaitForWindowActive(&view));
    }
    CanvasView& canvas(CompareView::Side side) { return view.pane(side).canvas(); }

    Exploration first, second;
    CompareView view{first, second};
};

TEST_F(CompareViewTest, MovingTheMouseOverOneSideHoversTheSamePatchOnBoth)
{
    QTest::mouseMove(&canvas(CompareView::First), canvas(CompareView::First).patchRect(7).center().toPoint());
    EXPECT_EQ(first.hovered(), 8);
    EXPECT_EQ(second.hovered(), 8);
    QTest::mouseClick(&canvas(CompareView::Second), Qt::LeftButton, {},
                      canvas(CompareView::Second).patchRect(9).center().toPoint());
    EXPECT_EQ(first.pinned(), 10);
}

TEST_F(CompareViewTest, YUnlinksAndLayersKeepTheirDistance)
{
    canvas(CompareView::First).setFocus();
    QTest::keyClick(&canvas(CompareView::First), Qt::Key_Y);
    EXPECT_FALSE(view.link().isLinked());
    view.pane(CompareView::Second).findChild<QSpinBox*>()->setValue(2);
    EXPECT_EQ(second.layer(), 2);
    EXPECT_EQ(first.layer(), 0);
    QTest::keyClick(&canvas(CompareView::First), Qt::Key_Y);
    second.setLayer(1);
    EXPECT_EQ(first.layer(), 0) << "one less would be below the first layer";
    first.setLayer(1);
    EXPECT_EQ(second.layer(), 2) << "clamped to the last layer, the distance stays";
}

TEST_F(CompareViewTest, BShowsTheSecondInPlaceOfTheFirstWhileHeld)
{
    canvas(CompareView::First).setFocus();
    QTest::keyPress(&canvas(CompareView::First), Qt::Key_B);
    EXPECT_TRUE(view.isSwapped());
    QTest::keyRelease(QApplication::focusWidget(), Qt::Key_B);
    EXPECT_FALSE(view.isSwapped());
    EXPECT_TRUE(canvas(CompareView::First).hasFocus());
}

TEST_F(CompareViewTest, BlinkingEndsWhenTheViewIsHidden)
{
    view.blinkAction()->trigger();
    EXPECT_TRUE(view.isSwapped());
    EXPECT_TRUE(QTest::qWaitFor([&] { return !view.isSwapped(); }, 30000));
    view.hide();
    EXPECT_FALSE(view.blinkAction()->isChecked());
    EXPECT_FALSE(view.isSwapped());
}

TEST_F(CompareViewTest, DShowsTheDifference)
{
    auto* difference = view.findChild<DifferenceView*>();
    EXPECT_FALSE(difference->isVisible());
    canvas(CompareView::First).setFocus();
    QTest::keyClick(&canvas(CompareView::First), Qt::Key_D);
    ASSERT_TRUE(difference->isVisible());
    ASSERT_TRUE(difference->map());
    EXPECT_FLOAT_EQ(difference->map()->values[3], first.map()->values[3] - second.map()->values[3]);
    EXPECT_EQ(view.figure().numbers.back().name, "difference_difference");
    second.setTrace(fakeTrace({.gridHeight = 3}));
    EXPECT_FALSE(difference->map());
    EXPECT_FALSE(renderFigure(view.figure(), 1).isNull());
}

TEST_F(CompareViewTest, OneScaleForBothSides)
{
    EXPECT_EQ(first.map()->range, second.map()->range);
    view.scaleAction()->trigger();
    EXPECT_NE(first.map()->range, second.map()->range);
}

TEST_F(CompareViewTest, EachSideHasItsOwnHead)
{
    const QList<QComboBox*> boxes = view.pane(CompareView::Second).findChildren<QComboBox*>();
    QComboBox* heads = *std::ranges::find(boxes, QStringLiteral("Heads"), &QWidget::accessibleName);
    QTest::keyClick(heads, Qt::Key_End);
    EXPECT_EQ(second.heads(), (HeadChoice{HeadFusion::Single, 1, {}}));
    EXPECT_EQ(first.heads(), HeadChoice{});
}

TEST_F(CompareViewTest, BothByLayerAreInUnitsThatTheyShare)
{
    view.setPage(CompareView::Page::ByLayer);
    auto& statistics = *view.findChild<CompareStatistics*>();
    ASSERT_TRUE(statistics.isVisible());
    const auto isKnown = [&] {
        return std::isfinite(statistics.numbers(0).back()) && std::isfinite(statistics.numbers(1).back());
    };
    ASSERT_TRUE(QTest::qWaitFor(isKnown, 30000));
    const NdArray distances = headMetric(*first.trace(), HeadMetric::MeanDistance);
    const ModelSpec& spec = *first.trace()->model;
    ASSERT_EQ(statistics.numbers(0).size(), static_cast<std::size_t>(spec.layers));
    double sum = 0;
    for (int head = 0; head < spec.heads; ++head)
        sum += static_cast<double>(distances.at({1, head}));
    EXPECT_NEAR(statistics.numbers(0)[1], sum / spec.heads / spec.imageWidth, 1e-6);
    statistics.findChild<QComboBox*>()->setCurrentIndex(1);
    ASSERT_TRUE(QTest::qWaitFor(isKnown, 30000));
    for (const double each : statistics.numbers(1)) {
        EXPECT_GT(each, 0);
        EXPECT_LE(each, 1 + 1e-6) << "a part of the largest entropy";
    }
    const Figure figure = view.figure();
    ASSERT_EQ(figure.numbers.size(), 2U);
    EXPECT_EQ(figure.numbers[1].name, "second_by_layer");
    EXPECT_FALSE(renderFigure(figure, 1).isNull());
}

TEST_F(CompareViewTest, BothByLayerTakePassesThatCameWhileNobodyLooked)
{
    view.setPage(CompareView::Page::ByLayer);
    auto& statistics = *view.findChild<CompareStatistics*>();
    const auto& line = *qobject_cast<QLineSeries*>(statistics.findChild<QChartView*>()->chart()->series().front());
    ASSERT_TRUE(QTest::qWaitFor([&] { return line.count() == first.trace()->layers(); }, 30000));
    view.hide();
    first.setTrace(fakeTrace({.layers = 5, .seed = 9}));
    EXPECT_NE(line.count(), 5) << "a hidden chart is not laid out";
    const int before = line.count();
    statistics.figure();
    EXPECT_NE(line.count(), before) << "a figure is of the pass that there is";
    view.show();
    EXPECT_TRUE(QTest::qWaitFor([&] { return line.count() == 5; }, 30000));
}

TEST_F(CompareViewTest, TheDifferenceHasItsPictureWhereItWasNeverShown)
{
    second.setTrace(fakeTrace({.seed = 5}));
    DifferenceView unseen(first, second), seen(first, second);
    const QImage before = renderFigure(unseen.figure(), 1);
    seen.show();
    EXPECT_EQ(before, renderFigure(seen.figure(), 1));
    first.setTrace(fakeTrace({.seed = 6}));
    second.setTrace(fakeTrace({.seed = 7}));
    unseen.hide();
    seen.hide();
    EXPECT_EQ(renderFigure(unseen.figure(), 1), renderFigure(seen.figure(), 1)) << "of the pass that is there now";
}

TEST_F(CompareViewTest, InsideAPatchBothSidesOrASentence)
{
    view.setPage(CompareView::Page::Inside);
    const QList<InnerView*> inner = view.findChildren<InnerView*>();
    ASSERT_EQ(inner.size(), 2);
    EXPECT_TRUE(inner[0]->isVisible() && inner[1]->isVisible());
    first.pin(3);
    EXPECT_FALSE(renderFigure(view.figure(), 1).isNull()) << "the TNT alone";
    first.setTrace(fakeTrace({.architecture = Architecture::Tnt, .seed = 9}));
    ASSERT_FALSE(view.figure().numbers.empty());
    EXPECT_TRUE(QString::fromStdString(view.figure().numbers.front().name).startsWith(QStringLiteral("first_")));
}

}  // namespace vitrine
