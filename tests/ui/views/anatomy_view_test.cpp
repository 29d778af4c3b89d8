// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/anatomy/anatomy_view.h"

#include <gtest/gtest.h>

#include <QLabel>
#include <QTest>

#include <algorithm>
#include <cmath>

#include "tests/ui/fake_trace.h"

namespace vitrine {

namespace {

StageNumbers numbersOf(const Trace& trace, StageKind stage, int layer = 1)
{
    const auto numbers = stageNumbers(trace, stage, layer, trace.attention[static_cast<std::size_t>(layer)].matrices(),
                                      HeadChoice{});
    EXPECT_TRUE(numbers) << "stage " << static_cast<int>(stage);
    return numbers.value_or(StageNumbers());
}

TEST(AnatomyNumbers, AreThereForEveryStageThatSaysSo)
{
    for (const Architecture architecture : {Architecture::Vit, Architecture::Tnt}) {
        const auto trace = fakeTrace({.architecture = architecture});
        for (const AnatomyBox& box : anatomyStages(*trace->model)) {
            const auto numbers = stageNumbers(*trace, box.stage, 1, trace->attention[1].matrices(), HeadChoice{});
            EXPECT_EQ(numbers.has_value(), box.recorded != Recorded::No) << qPrintable(box.title);
        }
    }
}

TEST(AnatomyNumbers, PatchesAreTheInputCutUp)
{
    const auto trace = fakeTrace();
    const NdArray table = numbersOf(*trace, StageKind::Patches).table;
    ASSERT_EQ(table.shape(), Shape({20, 192}));
    // Patch (2, 3), channel 1, pixel (4, 5).
    EXPECT_EQ(table.at({2 * 5 + 3, 64 + 4 * 8 + 5}), trace->picture.input.at({1, 2 * 8 + 4, 3 * 8 + 5}));
}

TEST(AnatomyNumbers, NormalisedRowsHaveMeanZeroAndDeviationOne)
{
    const NdArray table = numbersOf(*fakeTrace(), StageKind::Norm1).table;
    double sum = 0, squares = 0;
    for (const float value : table[3].values()) {
        sum += value;
        squares += value * value;
    }
    EXPECT_NEAR(sum, 0, 1e-5);
    EXPECT_NEAR(squares / 12, 1, 1e-4);
}

TEST(AnatomyNumbers, TheBridgeAddsToPatchesOnly)
{
    const auto trace = fakeTrace({.architecture = Architecture::Tnt});
    const NdArray table = numbersOf(*trace, StageKind::Bridge).table;
    EXPECT_EQ(table.at({0, 3}), trace->tokens[1].at({0, 3})) << "CLS gets nothing";
    EXPECT_FLOAT_EQ(table.at({5, 3}), trace->tokens[1].at({5, 3}) + trace->innerProjection[1].at({4, 3}));
}

TEST(AnatomyNumbers, ColoursAreSymmetricAroundZero)
{
    const StageNumbers both = numbersOf(*fakeTrace(), StageKind::Tokens);
    EXPECT_EQ(both.colours, ColourMap::Diverging);
    EXPECT_FLOAT_EQ(both.range.low, -both.range.high);
    EXPECT_EQ(numbersOf(*fakeTrace(), StageKind::Attention).colours, ColourMap::Magma);
}

TEST(AnatomyNumbers, CellsAreNamed)
{
    const auto trace = fakeTrace();
    EXPECT_EQ(cellName(numbersOf(*trace, StageKind::Tokens), *trace->model, 0, 7), QStringLiteral("CLS · channel 7"));
    EXPECT_EQ(cellName(numbersOf(*trace, StageKind::Patches), *trace->model, 6, 7), QStringLiteral("patch 1, 1 · number 7"));
    EXPECT_EQ(cellName(numbersOf(*trace, StageKind::Logits), *trace->model, 0, 2), QStringLiteral("kind 2"));
    EXPECT_EQ(cellName(numbersOf(*trace, StageKind::Picture), *trace->model, 3, 45), QStringLiteral("green, pixel 3, 5"));
}

TEST(AnatomyView, ClickAndKeysChooseAStageAndTheLayerFollows)
{
    Exploration exploration;
    AnatomyView view(exploration);
    view.resize(1000, 500);
    view.show();
    exploration.setTrace(fakeTrace());
    auto* diagram = view.findChild<AnatomyDiagram*>();
    auto* numbers = view.findChild<StageNumbersWidget*>();
    QCoreApplication::processEvents();
    const AnatomyLayout& layout = diagram->anatomyLayout();
    QTest::mouseClick(diagram, Qt::LeftButton, {}, layout.rects[*layout.find(StageKind::BlockOut)].center().toPoint());
    EXPECT_EQ(view.stage(), StageKind::BlockOut);
    ASSERT_TRUE(numbers->numbers());
    EXPECT_EQ(numbers->numbers()->table.data(), exploration.trace()->tokens[1].data());
    exploration.setLayer(2);
    EXPECT_EQ(numbers->numbers()->table.data(), exploration.trace()->tokens[3].data());
    QTest::keyClick(diagram, Qt::Key_Left);
    EXPECT_EQ(view.stage(), StageKind::Mlp);
    EXPECT_FALSE(numbers->numbers()) << "what is not recorded shows no numbers";
}

TEST(AnatomyView, TheProjectionSaysHowMuchOfItDiffersBetweenPatches)
{
    Exploration exploration;
    AnatomyView view(exploration);
    view.resize(1000, 500);
    view.show();
    exploration.setTrace(fakeTrace({.architecture = Architecture::Tnt}));
    const auto says = [&view](const QString& text) {
        return std::ranges::any_of(view.findChildren<QLabel*>(),
                                   [&](const QLabel* label) { return label->text().contains(text); });
    };
    const QString part = QStringLiteral("of what the pixels add differs between patches");
    for (const StageKind stage : {StageKind::Projection, StageKind::Bridge}) {
        view.setStage(stage);
        QCoreApplication::processEvents();
        EXPECT_TRUE(says(part));
    }
    view.setStage(StageKind::InnerOut);
    QCoreApplication::processEvents();
    EXPECT_FALSE(says(part));
}

TEST(AnatomyView, FigureHoldsTheShownNumbers)
{
    Exploration exploration;
    AnatomyView view(exploration);
    EXPECT_TRUE(view.figure().numbers.empty());
    view.show();
    exploration.setTrace(fakeTrace({.architecture = Architecture::Tnt}));
    view.setStage(StageKind::Projection);
    const Figure figure = view.figure();
    ASSERT_EQ(figure.numbers.size(), 1U);
    EXPECT_EQ(std::get<NdArray>(figure.numbers[0].values).shape(), Shape({20, 12}));
    EXPECT_FALSE(renderFigure(figure, 1).isNull());
}

}  // namespace

}  // namespace vitrine
