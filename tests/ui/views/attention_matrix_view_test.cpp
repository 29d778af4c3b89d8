// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/background.h"
#include "ui/views/matrix/attention_matrix_view.h"

#include <QAccessible>
#include <QApplication>
#include <QLabel>
#include <QMouseEvent>
#include <QWheelEvent>
#include <gtest/gtest.h>

#include "tests/core/trace/random_factors.h"
#include "tests/ui/fake_trace.h"
#include "tests/ui/pointer.h"
#include "ui/views/matrix/matrix_canvas.h"

using namespace vitrine;

namespace {

class MatrixView : public testing::Test {
protected:
    void SetUp() override
    {
        exploration.setTrace(fakeTrace());
        view.resize(500, 520);
        view.show();
        canvas = view.findChild<MatrixCanvas*>();
        ASSERT_TRUE(canvas);
    }
    QPointF cell(int query, int key) const { return cellRect(canvas->target(), 21, 21, query, key).center(); }
    QString readout() const
    {
        for (const QLabel* const label : view.findChildren<QLabel*>())
            if (label->text().contains(u"looks at"))
                return label->text();
        return {};
    }

    Exploration exploration;
    AttentionMatrixView view{exploration};
    MatrixCanvas* canvas = nullptr;
};

TEST_F(MatrixView, AScreenReaderFindsTheCells)
{
    QAccessibleInterface* all = QAccessible::queryAccessibleInterface(canvas);
    ASSERT_TRUE(all);
    const int tokens = canvas->picture().tokens();
    ASSERT_EQ(all->childCount(), tokens * tokens);
    const QPoint middle = canvas->mapToGlobal(cell(2, 5).toPoint());
    QAccessibleInterface* found = all->childAt(middle.x(), middle.y());
    ASSERT_TRUE(found && found->isValid());
    EXPECT_EQ(all->indexOfChild(found), 2 * tokens + 5);
    const ModelSpec& spec = *exploration.trace()->model;
    EXPECT_EQ(found->text(QAccessible::Name), QString::fromStdString(spec.tokenName(2) + " looks at " + spec.tokenName(5)));
    EXPECT_EQ(found->text(QAccessible::Value), formatValue(static_cast<double>(canvas->picture().at(2, 5))));
    found->actionInterface()->doAction(QAccessibleActionInterface::pressAction());
    EXPECT_EQ(exploration.pinned(), 2);
    EXPECT_TRUE(found->state().selected);
    EXPECT_FALSE(all->childAt(canvas->mapToGlobal(QPoint(1, 1)).x(), canvas->mapToGlobal(QPoint(1, 1)).y()));
}

TEST_F(MatrixView, HoveringACellLightsUpQueryAndKey)
{
    moveMouse(*canvas, cell(3, 7));
    EXPECT_EQ(exploration.hovered(), 3);
    EXPECT_EQ(exploration.hoveredKey(), 7);
    const float weight = canvas->picture().at(3, 7);
    EXPECT_TRUE(readout().contains(u"patch 0, 2 looks at patch 1, 1: " + formatValue(weight))) << readout().toStdString();
    leaveWidget(*canvas);
    EXPECT_FALSE(exploration.hovered());
    EXPECT_FALSE(exploration.hoveredKey());
}

TEST_F(MatrixView, TheOtherDirectionHoversTheColumn)
{
    exploration.setDirection(Direction::LookedAtBy);
    moveMouse(*canvas, cell(3, 7));
    EXPECT_EQ(exploration.shownToken(), 7);
    EXPECT_EQ(exploration.hoveredKey(), 3);
}

TEST_F(MatrixView, AClickPinsAndEscapeReleases)
{
    click(*canvas, cell(5, 2));
    EXPECT_EQ(exploration.pinned(), 5);
    pressKey(*canvas, Qt::Key_Escape);
    EXPECT_FALSE(exploration.pinned());
}

TEST_F(MatrixView, TheWheelZoomsAtThePointer)
{
    const QPointF at = cell(12, 9);
    const double fitted = canvas->target().width();
    for (int i = 0; i < 12; ++i)
        turnWheel(*canvas, at, 120);
    EXPECT_GT(canvas->target().width(), 2 * fitted);
    moveMouse(*canvas, at);
    EXPECT_EQ(exploration.hovered(), 12);
    EXPECT_EQ(exploration.hoveredKey(), 9);
    pressKey(*canvas, Qt::Key_F);
    EXPECT_DOUBLE_EQ(canvas->target().width(), fitted);
}

TEST_F(MatrixView, TheWheelWalksLayersWithShiftOrWhereItIsSetTo)
{
    const double fitted = canvas->target().width();
    turnWheel(*canvas, cell(12, 9), 120, Qt::ShiftModifier);
    EXPECT_EQ(exploration.layer(), 1);
    setWheelUse(WheelUse::Layers);
    turnWheel(*canvas, cell(12, 9), -120);
    EXPECT_EQ(exploration.layer(), 0);
    EXPECT_DOUBLE_EQ(canvas->target().width(), fitted);
    turnWheel(*canvas, cell(12, 9), 120, Qt::ControlModifier);
    EXPECT_GT(canvas->target().width(), fitted);
    setWheelUse(WheelUse::Zoom);
}

TEST_F(MatrixView, DraggingPansAndPinsNothing)
{
    for (int i = 0; i < 12; ++i)
        turnWheel(*canvas, cell(10, 10), 120);
    const QRectF before = canvas->target();
    drag(*canvas, QPointF(200, 200), QPointF(230, 180));
    EXPECT_NEAR(canvas->target().left(), before.left() + 30, 1e-6);
    EXPECT_NEAR(canvas->target().top(), before.top() - 20, 1e-6);
    EXPECT_FALSE(exploration.pinned());
}

TEST_F(MatrixView, ADoubleClickComesCloseEnoughForNumbersAndBack)
{
    const QPointF at = cell(4, 4);
    const QRectF fitted = canvas->target();
    sendMouse(*canvas, QEvent::MouseButtonDblClick, at, Qt::LeftButton, Qt::LeftButton);
    EXPECT_NEAR(canvas->target().width(), 44 * 21, 1e-6);
    sendMouse(*canvas, QEvent::MouseButtonRelease, at, Qt::LeftButton, Qt::NoButton);
    EXPECT_FALSE(exploration.pinned());
    sendMouse(*canvas, QEvent::MouseButtonDblClick, at, Qt::LeftButton, Qt::LeftButton);
    EXPECT_EQ(canvas->target(), fitted);
}

TEST_F(MatrixView, ArrowsMoveTheCursor)
{
    exploration.hover(4, 6);
    pressKey(*canvas, Qt::Key_Down);
    pressKey(*canvas, Qt::Key_Left);
    EXPECT_EQ(exploration.hovered(), 5);
    EXPECT_EQ(exploration.hoveredKey(), 5);
    pressKey(*canvas, Qt::Key_P);
    EXPECT_EQ(exploration.pinned(), 5);
}

TEST_F(MatrixView, HeadsAndLayersChangeThePicture)
{
    const float mean = canvas->picture().at(2, 2);
    exploration.setHeads({HeadFusion::Single, 1, {}});
    EXPECT_EQ(canvas->picture().at(2, 2), exploration.trace()->attention[0].matrices().at({1, 2, 2}));
    EXPECT_NE(canvas->picture().at(2, 2), mean);
    exploration.setLayer(2);
    EXPECT_EQ(canvas->picture().at(2, 2), exploration.trace()->attention[2].matrices().at({1, 2, 2}));
}

TEST_F(MatrixView, TheMatrixOfALongSequenceIsComputedBesides)
{
    auto trace = std::make_shared<Trace>(*fakeTrace());
    const std::int64_t tokens = trace->attention[0].tokens();
    trace->attention[1] = test::randomFactors(trace->model->heads, tokens, 8, 1);
    exploration.setTrace(trace);
    exploration.setLayer(1);
    EXPECT_TRUE(canvas->picture().empty());
    EXPECT_EQ(exploration.map(1, {HeadFusion::Single, 0, {}})->values.size(),
              static_cast<std::size_t>(trace->model->patches()));
    const auto finish = [] {
        backgroundPool().waitForDone();
        QApplication::processEvents();
    };
    finish();
    ASSERT_FALSE(canvas->picture().empty());
    EXPECT_EQ(canvas->picture().at(2, 3), fuseHeads(trace->attention[1], {}).at({2, 3}));
    exploration.setHeads({HeadFusion::Single, 1, {}});
    exploration.setLayer(0);
    finish();
    EXPECT_EQ(canvas->picture().at(2, 3), trace->attention[0].matrices().at({1, 2, 3})) << "what comes late is not shown";
}

TEST_F(MatrixView, HiddenItWorksOutNothingAndCatchesUp)
{
    view.hide();
    exploration.setLayer(1);
    EXPECT_EQ(canvas->picture().at(0, 0), fuseHeads(exploration.attention(0), {}).at({0, 0}));
    view.show();
    EXPECT_EQ(canvas->picture().at(0, 0), fuseHeads(exploration.attention(1), {}).at({0, 0}));
    exploration.setTrace(nullptr);
    EXPECT_TRUE(canvas->picture().empty());
}

TEST_F(MatrixView, TheFigureHoldsTheMatrix)
{
    const Figure figure = view.figure();
    ASSERT_EQ(figure.numbers.size(), 1U);
    EXPECT_EQ(std::get<NdArray>(figure.numbers[0].values).shape(), (Shape{21, 21}));
    EXPECT_FALSE(figure.metadata.empty());
    const QImage image = renderFigure(figure, 1);
    EXPECT_EQ(image.size(), figure.size.toSize());
    EXPECT_NE(image.pixel(300, 300), qRgb(255, 255, 255));
}

}  // namespace
