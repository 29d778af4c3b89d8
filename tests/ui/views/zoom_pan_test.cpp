// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/parts/zoom_pan.h"

#include <QGuiApplication>
#include <QNativeGestureEvent>
#include <QPointingDevice>
#include <QStyleHints>
#include <QWheelEvent>
#include <gtest/gtest.h>

namespace vitrine {
namespace {

ZoomPan picture()
{
    ZoomPan layout;
    layout.setViewport({0, 0, 400, 200});
    layout.setScene({0, 0, 100, 100});
    return layout;
}

/// 10 x 10 cells of at most 50 pixels in a square that does not begin at 0, 0.
ZoomPan matrix()
{
    ZoomPan layout(50, ZoomPan::Bounds::Covering);
    layout.setViewport({60, 20, 200, 200});
    layout.setScene({0, 0, 10, 10});
    return layout;
}

/// A local variable: Qt's devices have to go before the application.
struct Touchpad : QPointingDevice {
    Touchpad()
        : QPointingDevice(QStringLiteral("touchpad"), 1, QInputDevice::DeviceType::TouchPad,
                          QPointingDevice::PointerType::Finger, QInputDevice::Capability::PixelScroll, 2, 0)
    {
    }
};

bool turn(ZoomPan& layout, const QPoint& pixels, const QPoint& angle, const QPointingDevice* device,
          Qt::KeyboardModifiers modifiers = Qt::NoModifier)
{
    return layout.turn(QWheelEvent({200, 100}, {200, 100}, pixels, angle, Qt::NoButton, modifiers, Qt::NoScrollPhase, false,
                                   Qt::MouseEventNotSynthesized, device));
}

TEST(ZoomPan, FitShowsTheWholeSceneInTheMiddle)
{
    const ZoomPan layout = picture();
    EXPECT_DOUBLE_EQ(layout.zoom(), 2);
    EXPECT_EQ(layout.toViewport(QRectF(0, 0, 100, 100)), QRectF(100, 0, 200, 200));
    EXPECT_EQ(matrix().toViewport(QRectF(0, 0, 10, 10)), QRectF(60, 20, 200, 200));
}

TEST(ZoomPan, ZoomKeepsWhatIsUnderThePointer)
{
    for (ZoomPan layout : {picture(), matrix()}) {
        const QPointF pointer(170, 60), held = layout.toScene(pointer);
        layout.zoomAt(pointer, 2);
        EXPECT_NEAR(layout.toScene(pointer).x(), held.x(), 1e-9);
        EXPECT_NEAR(layout.toScene(pointer).y(), held.y(), 1e-9);
        EXPECT_FALSE(layout.isFitted());
        layout.fit();
        EXPECT_TRUE(layout.isFitted());
    }
}

TEST(ZoomPan, AFittedSceneStaysFittedWhenTheWindowGrows)
{
    ZoomPan layout = picture();
    layout.setViewport({0, 0, 300, 300});
    EXPECT_DOUBLE_EQ(layout.zoom(), 3);
    layout.pan({10, 0});
    layout.setViewport({0, 0, 600, 600});
    EXPECT_DOUBLE_EQ(layout.zoom(), 3);
}

TEST(ZoomPan, ThePictureStaysInSight)
{
    ZoomPan layout = picture();
    layout.pan({1e4, -1e4});
    EXPECT_EQ(layout.toScene(QPointF(200, 100)), QPointF(0, 100));
    layout.zoomAt({200, 100}, 1e-6);
    EXPECT_DOUBLE_EQ(layout.zoom(), 0.2);
    layout.zoomAt({200, 100}, 1e9);
    EXPECT_DOUBLE_EQ(layout.zoom(), 512);
}

TEST(ZoomPan, TheMatrixCoversItsSquare)
{
    ZoomPan layout = matrix();
    layout.zoomAt({60, 20}, 2);
    EXPECT_EQ(layout.toViewport(layout.scene()), QRectF(60, 20, 400, 400));
    layout.pan({30, -1e4});
    EXPECT_EQ(layout.toViewport(layout.scene()), QRectF(60, -180, 400, 400));
    layout.zoomAt({100, 100}, 100);
    EXPECT_DOUBLE_EQ(layout.zoom(), 50);
    layout.zoomAt({100, 100}, 1e-3);
    EXPECT_TRUE(layout.isFitted());
    EXPECT_EQ(layout.toViewport(layout.scene()), QRectF(60, 20, 200, 200));
    layout.zoomAt({100, 100}, 1.5);
    layout.setViewport({60, 20, 600, 600});
    EXPECT_EQ(layout.toViewport(layout.scene()), QRectF(60, 20, 600, 600)) << "no room is left empty beside it";
}

TEST(ZoomPan, AWheelZoomsAndTwoFingersPan)
{
    const Touchpad touchpad;
    ZoomPan layout = picture();
    EXPECT_TRUE(turn(layout, {}, {0, 120}, QPointingDevice::primaryPointingDevice()));
    EXPECT_DOUBLE_EQ(layout.zoom(), 2.4);
    const QPointF before = layout.toViewport(QPointF(0, 0));
    EXPECT_TRUE(turn(layout, {8, -6}, {64, -48}, &touchpad));
    EXPECT_DOUBLE_EQ(layout.zoom(), 2.4);
    EXPECT_NEAR(layout.toViewport(QPointF(0, 0)).x(), before.x() + 8, 1e-9);
    EXPECT_NEAR(layout.toViewport(QPointF(0, 0)).y(), before.y() - 6, 1e-9);
    EXPECT_TRUE(turn(layout, {0, -6}, {0, -120}, &touchpad, Qt::ControlModifier));
    EXPECT_DOUBLE_EQ(layout.zoom(), 2);
    layout.fit();
    EXPECT_FALSE(turn(layout, {}, {120, 0}, QPointingDevice::primaryPointingDevice()));
    EXPECT_TRUE(layout.isFitted());
}

TEST(ZoomPan, APinchZoomsAndNoOtherGesture)
{
    const Touchpad touchpad;
    const auto gesture = [&](Qt::NativeGestureType type) {
        return QNativeGestureEvent(type, &touchpad, 2, {200, 100}, {200, 100}, {200, 100}, 0.5, {});
    };
    ZoomPan layout = picture();
    EXPECT_FALSE(layout.pinch(gesture(Qt::RotateNativeGesture)));
    EXPECT_TRUE(layout.isFitted());
    EXPECT_TRUE(layout.pinch(gesture(Qt::ZoomNativeGesture)));
    EXPECT_DOUBLE_EQ(layout.zoom(), 3);
}

TEST(ZoomPan, ATrembleIsAClickAndMoreIsADrag)
{
    ZoomPan layout = picture();
    const double far = QGuiApplication::styleHints()->startDragDistance();
    EXPECT_FALSE(layout.drag({200, 100})) << "nothing holds it";
    EXPECT_FALSE(layout.letGo());
    layout.grip({200, 100});
    EXPECT_FALSE(layout.drag({201, 100}));
    EXPECT_TRUE(layout.isFitted());
    EXPECT_TRUE(layout.letGo());
    layout.grip({200, 100});
    const QPointF before = layout.toViewport(QPointF(0, 0));
    EXPECT_TRUE(layout.drag({200 + far, 100}));
    EXPECT_TRUE(layout.drag({200 + far + 1, 98}));
    EXPECT_TRUE(layout.isDragged());
    EXPECT_EQ(layout.toViewport(QPointF(0, 0)) - before, QPointF(far + 1, -2));
    EXPECT_FALSE(layout.letGo());
    EXPECT_FALSE(layout.isGripped());
    layout.grip({200, 100}, true);
    EXPECT_TRUE(layout.drag({201, 100}));
    EXPECT_FALSE(layout.letGo());
}

}  // namespace
}  // namespace vitrine
