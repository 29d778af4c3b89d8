// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPixmap>
#include <QWidget>

#include "core/base/image.h"
#include "ui/figure/figure.h"
#include "ui/session/exploration.h"
#include "ui/views/canvas/canvas_painter.h"
#include "ui/views/figure/canvas_figure.h"
#include "ui/views/parts/accessible_parts.h"
#include "ui/views/parts/wheel_steps.h"

namespace vitrine {

/// The picture with the map of the shown token over it. The mouse previews, pins, zooms and pans; keys move the patch.
class CanvasView : public QWidget, public HasParts {
    Q_OBJECT

public:
    explicit CanvasView(Exploration& exploration, QWidget* parent = nullptr);

    /// A new picture, before the model has run: its map comes with the next trace.
    void setPicture(const Image& picture, const QString& name);
    /// Whether the left button erases patches and brings them back, instead of pinning and panning.
    bool isErasing() const { return m_erasing; }
    void setErasing(bool erasing);
    void setArea(CanvasArea area);
    CanvasArea area() const { return m_scene.area; }

    void fit();
    void actualSize();
    void zoomBy(double factor);
    void panBy(const QPointF& delta);
    /// Close-up of the shown patch (or the middle one), or back to fit.
    void toggleCloseUp();

    const ZoomPan& zoomPan() const { return m_layout; }
    /// Where a patch lies in this widget.
    QRectF patchRect(int patch) const;
    /// Where what fit() shows lies in this widget.
    QRectF pictureRect() const { return m_layout.toViewport(m_scene.shown()); }
    /// What covers the picture now.
    const std::optional<Heatmap>& shownMap() const { return m_map; }
    /// What is shown, for a figure.
    CanvasPart part() const;
    Figure figure() const;
    // The patches, for screen readers.
    int partCount() const override;
    QString partName(int part) const override;
    QString partValue(int part) const override;
    QRectF partRect(int part) const override;
    bool isPartChosen(int part) const override;
    void pressPart(int part) override;
    QSize sizeHint() const override { return {560, 560}; }
    QSize minimumSizeHint() const override { return {160, 160}; }

Q_SIGNALS:
    void areaChanged();
    void erasingChanged(bool erasing);
    /// A picture, its size or its place in the widget.
    void layoutChanged();
    /// A double click or Enter on a patch of a TNT: what is inside it is to be seen.
    void patchOpened(int patch);

protected:
    bool event(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void showEvent(QShowEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void keyReleaseEvent(QKeyEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void takeTrace();
    void refreshMap();
    void redraw();
    void updateCursor();
    /// Erases the patch at `position`, or brings it back: what the stroke began with.
    void stroke(const QPointF& position, bool begins);
    void showValue(const QPoint& globalPosition);
    std::optional<int> patchAt(const QPointF& position) const;
    int prefixTokens() const;
    bool hasInside() const;
    void movePatch(int rows, int columns);
    QString accessibleState() const;
    CanvasMarks marks() const;

    Exploration& m_exploration;
    CanvasScene m_scene;
    ZoomPan m_layout;
    QString m_pictureName;
    std::optional<Heatmap> m_map;
    QPixmap m_picture;  ///< the picture under m_layout; null when it must be drawn again
    QPointF m_stroked;  ///< where the eraser was last
    WheelSteps m_wheel;
    bool m_erasing = false, m_stroking = false;
    bool m_restoring = false;  ///< the stroke brings patches back
    bool m_spaceHeld = false;
    bool m_keyboardFocus = false;
    bool m_mapIsOld = false;  ///< it was not looked at while it was hidden
};

}  // namespace vitrine
