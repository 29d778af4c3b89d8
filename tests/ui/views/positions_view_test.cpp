// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/background.h"
#include "ui/views/positions/positions_view.h"

#include <QComboBox>
#include <QLabel>
#include <gtest/gtest.h>

#include "tests/ui/fake_trace.h"
#include "tests/ui/pointer.h"
#include "ui/views/positions/position_tiles_widget.h"

using namespace vitrine;

namespace {

class Positions : public testing::Test {
protected:
    void SetUp() override
    {
        size.architecture = Architecture::Tnt;
        const auto trace = fakeTrace(size);
        exploration.setTrace(trace);
        view.resize(640, 320);
        view.show();
        view.setPositions(fakePositions(size), trace->model);
        settle();
        widget = view.findChild<PositionTilesWidget*>();
        ASSERT_TRUE(widget);
    }
    static void settle()
    {
        backgroundPool().waitForDone();
        QCoreApplication::processEvents();
    }
    QPointF middleOf(int tile) const { return widget->tiles().tileRect(widget->sheetRect(), tile).center(); }

    FakeSize size;
    Exploration exploration;
    PositionsView view{exploration};
    PositionTilesWidget* widget = nullptr;
};

TEST_F(Positions, HoveringATileHoversItsPatch)
{
    moveMouse(*widget, middleOf(7));
    EXPECT_EQ(exploration.hovered(), 8);
    EXPECT_EQ(widget->presentTile(), 7);
    bool found = false;
    for (const QLabel* const label : view.findChildren<QLabel*>())
        found = found || (label->text().startsWith(u"position 1, 2 and") && label->text().contains(u"cosine"));
    EXPECT_TRUE(found);
    leaveWidget(*widget);
    EXPECT_FALSE(exploration.hovered());
}

TEST_F(Positions, APatchHoveredElsewhereIsEnlarged)
{
    exploration.hover(1 + 13);
    EXPECT_EQ(widget->presentTile(), 13);
}

TEST_F(Positions, AClickPinsAndArrowsMove)
{
    moveMouse(*widget, middleOf(3));
    click(*widget, middleOf(3));
    EXPECT_EQ(exploration.pinned(), 4);
    pressKey(*widget, Qt::Key_Escape);
    EXPECT_FALSE(exploration.pinned());
    pressKey(*widget, Qt::Key_Down);
    EXPECT_EQ(widget->presentTile(), 8);
    EXPECT_EQ(exploration.hovered(), 9);
    pressKey(*widget, Qt::Key_Return);
    EXPECT_EQ(exploration.pinned(), 9);
}

TEST_F(Positions, TrainedAndInnerGridsCanBeChosen)
{
    auto* const choice = view.findChild<QComboBox*>();
    ASSERT_EQ(choice->count(), 3);
    view.setGrid(PositionGrid::Trained);
    settle();
    EXPECT_EQ(widget->tiles().rows(), 5);
    EXPECT_EQ(widget->tiles().columns(), 6);
    moveMouse(*widget, middleOf(3));
    EXPECT_FALSE(exploration.hovered()) << "another grid's patch is not one of the picture";
    view.setGrid(PositionGrid::Inner);
    settle();
    EXPECT_EQ(widget->tiles().count(), 16);
    moveMouse(*widget, middleOf(6));
    EXPECT_EQ(exploration.hoveredInner(), 6);
}

TEST_F(Positions, AViTHasNoInnerGridAndTheSameGridIsListedOnce)
{
    FakeSize plain;
    auto positions = fakePositions(plain);
    positions.trained = positions.resampled;
    positions.trainedHeight = 4;
    positions.trainedWidth = 5;
    view.setPositions(positions, fakeSpec(plain));
    EXPECT_EQ(view.findChild<QComboBox*>()->count(), 1);
    view.setPositions({}, fakeSpec(plain));
    EXPECT_TRUE(widget->tiles().empty());
}

TEST_F(Positions, TheEnlargedTileShowsItsCellsUnderTheMouse)
{
    exploration.pin(1 + 9);
    moveMouse(*widget, cellRect(widget->enlargedRect(), 4, 5, 2, 3).center());
    EXPECT_EQ(widget->presentTile(), 9);
}

TEST_F(Positions, TheFigureHoldsTheSimilarities)
{
    const Figure figure = view.figure();
    ASSERT_EQ(figure.numbers.size(), 1U);
    EXPECT_EQ(std::get<NdArray>(figure.numbers[0].values).shape(), (Shape{20, 20}));
    EXPECT_EQ(renderFigure(figure, 1).width(), 650);
}

}  // namespace
