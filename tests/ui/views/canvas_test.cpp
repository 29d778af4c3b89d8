// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include <gtest/gtest.h>

#include "tests/ui/baseline.h"
#include "tests/ui/fake_trace.h"
#include "tests/ui/pointer.h"
#include "ui/views/canvas/canvas_painter.h"
#include "ui/views/canvas/canvas_view.h"
#include "ui/views/canvas/patch_grid.h"
#include "ui/views/parts/chip.h"
#include "ui/views/canvas/token_chips.h"
#include "ui/views/canvas/value_bar.h"

namespace vitrine {
namespace {

TEST(PatchGrid, ArrowsStopAtTheBorder)
{
    const auto spec = fakeSpec();  // 4 x 5 patches
    EXPECT_EQ(movedPatch(0, -1, -1, *spec), 0);
    EXPECT_EQ(movedPatch(0, 1, 1, *spec), 6);
    EXPECT_EQ(movedPatch(19, 1, 1, *spec), 19);
}

TEST(PatchGrid, GridLeavesOutWhatIsNoWholePatch)
{
    ModelSpec spec = *fakeSpec();
    spec.imageWidth = spec.gridWidth() * spec.patchWidth + 4;
    const QRectF grid = gridRect({10, 20, 44, 32}, spec);
    EXPECT_DOUBLE_EQ(grid.left(), 10);
    EXPECT_DOUBLE_EQ(grid.width(), 40);
    EXPECT_DOUBLE_EQ(grid.height(), 32);
}

/// The whole picture with the crop, map, marks and outlines over it.
TEST(CanvasPainter, LooksAsItDid)
{
    CanvasScene scene;
    scene.original = QImage(120, 80, QImage::Format_RGB32);
    for (int y = 0; y < 80; ++y)
        for (int x = 0; x < 120; ++x)
            scene.original.setPixel(x, y, qRgb(x * 2, y * 3, 90));
    scene.area = CanvasArea::Whole;
    scene.crop = CropRect{20, 0, 80, 80};
    scene.grid = QRectF(20, 0, 80, 80);
    scene.rows = scene.columns = 4;
    Heatmap map{{}, 4, 4, {0, 1}, std::vector<bool>(16)};
    for (int i = 0; i < 16; ++i)
        map.values.push_back(static_cast<float>(i * 7 % 16) / 15);
    map.marked[3] = true;
    CanvasMarks marks;
    marks.query = 5;
    marks.pinned = true;
    marks.hovered = 10;
    ZoomPan layout;
    layout.setViewport({0, 0, 260, 180});
    layout.setScene(scene.shown());
    QPalette palette;
    QImage image(260, 180, QImage::Format_RGB32);
    image.fill(Qt::darkGray);
    QPainter painter(&image);
    paintCanvasPicture(painter, layout, scene, palette);
    paintCanvasOverlay(painter, layout, scene, map, DisplaySettings(), marks);
    painter.end();
    expectBaseline(image, "canvas");
}

struct CanvasViewTest : testing::Test {
    Exploration exploration;
    CanvasView canvas{exploration};
    std::shared_ptr<const Trace> trace = fakeTrace();

    void SetUp() override
    {
        canvas.resize(400, 320);
        canvas.show();
        canvas.setPicture(trace->picture.view, QStringLiteral("fake.png"));
        exploration.setTrace(trace);
    }
    QPointF centreOf(int row, int column) const { return canvas.patchRect(row * 5 + column).center(); }
};

TEST_F(CanvasViewTest, HoverPreviewsClickPinsClickBesideUnpins)
{
    moveMouse(canvas, centreOf(2, 3));
    EXPECT_EQ(exploration.hovered(), 1 + 2 * 5 + 3);
    EXPECT_EQ(exploration.shownToken(), 14);
    click(canvas, centreOf(1, 1));
    EXPECT_EQ(exploration.pinned(), 7);
    moveMouse(canvas, centreOf(0, 0));
    EXPECT_EQ(exploration.shownToken(), 7);
    canvas.zoomBy(0.5);
    click(canvas, {3, 3});
    EXPECT_FALSE(exploration.pinned());
    leaveWidget(canvas);
    EXPECT_FALSE(exploration.hovered());
}

TEST_F(CanvasViewTest, ArrowsPreviewAndEnterPins)
{
    moveMouse(canvas, centreOf(0, 0));
    pressKey(canvas, Qt::Key_Right);
    pressKey(canvas, Qt::Key_Down);
    EXPECT_EQ(exploration.hovered(), 1 + 6);
    pressKey(canvas, Qt::Key_Return);
    EXPECT_EQ(exploration.pinned(), 7);
    pressKey(canvas, Qt::Key_Left);
    EXPECT_EQ(exploration.pinned(), 6);
}

TEST_F(CanvasViewTest, WheelZoomsShiftWheelWalksLayersInWholeSteps)
{
    const double before = canvas.zoomPan().zoom();
    turnWheel(canvas, {200, 160}, 120);
    EXPECT_GT(canvas.zoomPan().zoom(), before);
    turnWheel(canvas, {200, 160}, 60, Qt::ShiftModifier);
    EXPECT_EQ(exploration.layer(), 0);
    turnWheel(canvas, {200, 160}, 60, Qt::ShiftModifier);
    EXPECT_EQ(exploration.layer(), 1);
}

TEST_F(CanvasViewTest, TheWheelAloneWalksLayersWhereItIsSetTo)
{
    setWheelUse(WheelUse::Layers);
    const double before = canvas.zoomPan().zoom();
    turnWheel(canvas, {200, 160}, 60);
    EXPECT_EQ(exploration.layer(), 0);
    turnWheel(canvas, {200, 160}, 60);
    EXPECT_EQ(exploration.layer(), 1);
    turnWheel(canvas, {200, 160}, -120);
    turnWheel(canvas, {200, 160}, 120, Qt::ShiftModifier);
    EXPECT_EQ(exploration.layer(), 1) << "with Shift it does what it always does";
    EXPECT_EQ(canvas.zoomPan().zoom(), before);
    turnWheel(canvas, {200, 160}, 120, Qt::ControlModifier);
    EXPECT_EQ(exploration.layer(), 1);
    EXPECT_GT(canvas.zoomPan().zoom(), before) << "with Ctrl it always zooms";
    setWheelUse(WheelUse::Zoom);
}

TEST_F(CanvasViewTest, DragPansAndPinsNothing)
{
    canvas.zoomBy(3);
    const QPointF before = canvas.zoomPan().toViewport(QPointF(0, 0));
    drag(canvas, {200, 160}, {230, 150});
    const QPointF moved = canvas.zoomPan().toViewport(QPointF(0, 0)) - before;
    EXPECT_NEAR(moved.x(), 30, 1e-6);
    EXPECT_NEAR(moved.y(), -10, 1e-6);
    EXPECT_FALSE(exploration.pinned());
}

TEST_F(CanvasViewTest, AnotherPictureHidesTheMapUntilItsTraceComes)
{
    const QImage with = canvas.grab().toImage();
    canvas.setPicture(trace->picture.view, QStringLiteral("other.png"));
    EXPECT_NE(canvas.grab().toImage(), with);
    moveMouse(canvas, {200, 160});
    EXPECT_FALSE(exploration.hovered());
}

TEST_F(CanvasViewTest, FigureHoldsTheNumbersOfTheMap)
{
    const Figure figure = canvas.figure();
    ASSERT_EQ(figure.numbers.size(), 1U);
    const NdArray& numbers = std::get<NdArray>(figure.numbers[0].values);
    EXPECT_EQ(numbers.shape(), (Shape{4, 5}));
    EXPECT_TRUE(std::ranges::equal(numbers.values(), exploration.map()->values));
}

TEST_F(CanvasViewTest, ChipPinsItsToken)
{
    TokenChips chips(exploration);
    ASSERT_EQ(chips.chips().size(), 1U);
    chips.chips()[0]->click();
    EXPECT_EQ(exploration.pinned(), 0);
    chips.chips()[0]->click();
    EXPECT_FALSE(exploration.pinned());
}

TEST_F(CanvasViewTest, EndOfTheColourBarSetsTheRangeByHand)
{
    ValueBar bar(exploration);
    bar.resize(bar.sizeHint().width(), 300);
    const ValueRange own = exploration.map()->range;
    const QRectF colours = bar.barRect();
    drag(bar, {colours.center().x(), colours.top() + 3}, {colours.center().x(), colours.top() + 63});
    ASSERT_TRUE(exploration.display().range);
    EXPECT_LT(exploration.display().range->high, own.high);
    EXPECT_EQ(exploration.display().range->low, own.low);
    resetRange(exploration);
    EXPECT_EQ(exploration.map()->range, own);
}

TEST_F(CanvasViewTest, SharedScaleHoldsEveryLayerAndHead)
{
    DisplaySettings display = exploration.display();
    display.sharedScale = true;
    exploration.setDisplay(display);
    const ValueRange range = exploration.map()->range;
    for (int layer = 0; layer < 3; ++layer) {
        const Heatmap map = *exploration.map(layer, {HeadFusion::Max, 0, {}});
        EXPECT_EQ(map.range, range);
        EXPECT_LE(rangeOf(map.values).high, range.high);
    }
}

}  // namespace
}  // namespace vitrine
