// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/predictions/predictions_view.h"

#include <gtest/gtest.h>

#include <QAction>
#include <QBarSet>
#include <QHorizontalBarSeries>
#include <QLabel>
#include <QLineEdit>
#include <QTableView>
#include <QTest>

#include "tests/ui/fake_trace.h"
#include "ui/views/parts/view_style.h"
#include "ui/views/parts/view_parts.h"
#include "ui/views/predictions/predictions_chart_view.h"

namespace vitrine {

class PredictionsViewTest : public testing::Test {
protected:
    PredictionsViewTest()
    {
        view.resize(360, 320);
        view.show();
    }
    PredictionsChartView& chart() { return *view.findChild<PredictionsChartView*>(); }
    QTableView& table() { return *view.findChild<QTableView*>(); }
    int best(int rank) { return topK(trace->logits, rank + 1).back().index; }

    std::shared_ptr<const Trace> trace = fakeTrace();
    Exploration exploration;
    PredictionsView view{exploration};
};

TEST_F(PredictionsViewTest, SaysWhatToDoWithoutAPicture)
{
    EXPECT_FALSE(chart().isVisible());
    EXPECT_TRUE(view.figure().numbers.empty());
}

TEST_F(PredictionsViewTest, BarsAreTheProbabilitiesWithTheBestOnTop)
{
    exploration.setTrace(trace);
    ASSERT_TRUE(chart().isVisible());
    const auto* series = qobject_cast<QHorizontalBarSeries*>(chart().chart()->series().constFirst());
    ASSERT_EQ(series->barSets().size(), 1);
    const QBarSet& bars = *series->barSets().constFirst();
    ASSERT_EQ(bars.count(), 5);
    const std::vector<Prediction> expected = topK(trace->logits, 5);
    for (int rank = 0; rank < 5; ++rank)
        EXPECT_FLOAT_EQ(static_cast<float>(bars.at(4 - rank)), expected[static_cast<std::size_t>(rank)].probability);
    view.setShownClasses(2);
    EXPECT_EQ(series->barSets().constFirst()->count(), 2);
}

TEST_F(PredictionsViewTest, ANarrowViewCutsNoNumber)
{
    auto spec = std::make_shared<ModelSpec>(*trace->model);
    spec->labels.assign(static_cast<std::size_t>(spec->classes), "a class with a long name");
    const auto named = std::make_shared<Trace>(*trace), changed = std::make_shared<Trace>(*fakeTrace({.seed = 2}));
    named->model = changed->model = spec;
    exploration.setTrace(named);
    view.resize(210, 320);
    WhatIf change;
    change.erased = {1, 2};
    exploration.setChange(change);
    exploration.provideChanged(named.get(), change, changed);
    ASSERT_TRUE(exploration.isChanged());
    QCoreApplication::processEvents();
    const QChart& bars = *chart().chart();
    QFont bold = bars.font();
    bold.setBold(true);
    EXPECT_GE(bars.size().width() - bars.plotArea().right(),
              QFontMetricsF(bold).horizontalAdvance(QStringLiteral("16.7 % → 16.7 %")));
    EXPECT_GT(bars.plotArea().width(), 0);
}

TEST_F(PredictionsViewTest, TheExplanationMakesWayForWhatChanged)
{
    exploration.setTrace(trace);
    const auto explains = [&] {
        return std::ranges::any_of(view.findChildren<QLabel*>(), [](const QLabel* label) {
            return label->isVisible() && label->text().startsWith(QStringLiteral("How probable"));
        });
    };
    EXPECT_TRUE(explains());
    WhatIf change;
    change.erased = {1};
    exploration.setChange(change);
    EXPECT_FALSE(explains());
    view.resize(360, 400);
    EXPECT_FALSE(explains()) << "a new size changes nothing about that";
    exploration.restore();
    EXPECT_TRUE(explains());
    view.resize(360, 120);
    EXPECT_FALSE(explains());
}

TEST_F(PredictionsViewTest, AClickChoosesAClassAndTheNextReleasesIt)
{
    exploration.setTrace(trace);
    QCoreApplication::processEvents();
    const QPoint second = chart().bars().rowRect(1).center().toPoint();
    QTest::mouseClick(chart().viewport(), Qt::LeftButton, {}, second);
    EXPECT_EQ(exploration.chosenClass(), best(1));
    ASSERT_TRUE(exploration.method()) << "a map of it";
    EXPECT_TRUE(exploration.method()->isOfClass);
    const auto* series = qobject_cast<QHorizontalBarSeries*>(chart().chart()->series().constFirst());
    EXPECT_TRUE(series->barSets().constFirst()->isBarSelected(3)) << "the highlighted bar";
    QTest::mouseClick(chart().viewport(), Qt::LeftButton, {}, second);
    EXPECT_EQ(exploration.chosenClass(), std::nullopt);
    // A map of classes that is shown stays.
    exploration.setMethod(&findMethod("gradcam"));
    QTest::mouseClick(chart().viewport(), Qt::LeftButton, {}, second);
    EXPECT_EQ(exploration.method(), &findMethod("gradcam"));
}

TEST_F(PredictionsViewTest, KeysChooseAClass)
{
    exploration.setTrace(trace);
    QTest::keyClick(&chart(), Qt::Key_Down);
    QTest::keyClick(&chart(), Qt::Key_Down);
    QTest::keyClick(&chart(), Qt::Key_Up);
    QTest::keyClick(&chart(), Qt::Key_Return);
    EXPECT_EQ(exploration.chosenClass(), best(1));
}

TEST_F(PredictionsViewTest, FindsAnyClassByName)
{
    exploration.setTrace(trace);
    view.setShownClasses(1);
    view.find();
    auto* search = view.findChild<QLineEdit*>();
    QTest::keyClicks(search, QStringLiteral("KIND 4"));
    ASSERT_TRUE(table().isVisible());
    ASSERT_EQ(table().model()->rowCount(), 1);
    QTest::keyClick(search, Qt::Key_Return);
    EXPECT_EQ(exploration.chosenClass(), 4);
    search->clear();
    EXPECT_TRUE(chart().isVisible());
}

TEST_F(PredictionsViewTest, APastedTableIsCutToASearch)
{
    exploration.setTrace(trace);
    view.find();
    auto* search = view.findChild<QLineEdit*>();
    search->insert(QStringLiteral("0.365\t").repeated(5'000));
    EXPECT_EQ(search->text().size(), longestSearch);
    EXPECT_EQ(table().model()->rowCount(), 0);
}

TEST_F(PredictionsViewTest, FigureHasAllNumbers)
{
    exploration.setTrace(trace);
    exploration.chooseClass(2);
    const Figure figure = view.figure();
    ASSERT_EQ(figure.numbers.size(), 2U);
    EXPECT_EQ(std::get<NdArray>(figure.numbers[0].values).size(), 6);
    const QImage drawn = renderFigure(figure, 1);
    const QColor accent = figurePalette().color(QPalette::Highlight);
    int accented = 0;
    for (int y = 0; y < drawn.height(); ++y)
        for (int x = 0; x < drawn.width(); ++x)
            accented += QColor(drawn.pixel(x, y)) == accent;
    EXPECT_GT(accented, 20) << "the chosen class's bar";
}

}  // namespace vitrine
