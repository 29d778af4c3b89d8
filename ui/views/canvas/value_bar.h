// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "ui/session/exploration.h"

namespace vitrine {

/// The colour bar of the canvas: numbers at its ends, a tick at the hovered value. Dragging an end or the middle sets
/// the range by hand, a double click takes the present map's, the context menu has numbers and percentiles.
class ValueBar : public QWidget {
    Q_OBJECT

public:
    explicit ValueBar(Exploration& exploration, QWidget* parent = nullptr);

    /// The colours in widget coordinates.
    QRectF barRect() const;
    /// It lies over the picture: letters need a ground.
    void setBacked(bool backed);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;

private:
    enum class Grip { None, Low, High, Middle };

    Grip gripAt(const QPointF& position) const;
    void askNumbers();
    void setPercentile(double fraction);

    Exploration& m_exploration;
    Grip m_grip = Grip::None;
    bool m_backed = false;
    QPointF m_pressed;
    ValueRange m_pressedRange;
};

/// Sets the range by hand to the values of the present map, where it stays.
void fitRange(Exploration& exploration);
/// The range of the map again, own or shared.
void resetRange(Exploration& exploration);

}  // namespace vitrine
