// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPixmap>
#include <QWidget>

#include "ui/session/exploration.h"
#include "ui/views/matrix/matrix_picture.h"
#include "ui/views/parts/accessible_parts.h"
#include "ui/views/parts/wheel_steps.h"
#include "ui/views/parts/zoom_pan.h"

namespace vitrine {

/// The matrix under the mouse: the wheel zooms at the pointer or walks through layers, dragging pans, hover and click go to
/// the exploration.
class MatrixCanvas : public QWidget, public HasParts {
    Q_OBJECT

public:
    explicit MatrixCanvas(Exploration& exploration, QWidget* parent = nullptr);

    void setPicture(MatrixPicture picture, const QString& message);
    const MatrixPicture& picture() const { return m_picture; }
    /// Whole matrix in view.
    void fit();
    const ZoomPan& zoomPan() const { return m_layout; }
    /// Where the whole matrix lies, in widget coordinates.
    QRectF target() const { return m_layout.toViewport(m_layout.scene()); }
    // The cells, row by row, for screen readers.
    int partCount() const override { return m_picture.tokens() * m_picture.tokens(); }
    QString partName(int part) const override;
    QString partValue(int part) const override;
    QRectF partRect(int part) const override;
    int partAt(const QPointF& position) const override;
    bool isPartChosen(int part) const override;
    void pressPart(int part) override;
    QSize sizeHint() const override { return {360, 360}; }
    QSize minimumSizeHint() const override { return {120, 100}; }

protected:
    bool event(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    struct Cell {
        int query = 0, key = 0;
    };

    QRectF clip() const;
    Cell cellOf(int part) const { return {part / m_picture.tokens(), part % m_picture.tokens()}; }
    std::optional<Cell> cellUnder(const QPointF& position) const;
    std::optional<Cell> hoveredCell() const;
    void hoverCell(const Cell& cell);
    void pinCell(const Cell& cell);
    void zoomAt(const QPointF& position, double factor);
    /// The matrix itself has changed, or where it lies.
    void redraw();
    void moveCursor(int queries, int keys);
    void paintMarks(QPainter& painter) const;

    Exploration& m_exploration;
    MatrixPicture m_picture;
    QPixmap m_drawn;  ///< the matrix and its axes, the same while only marks move
    QString m_message;
    WheelSteps m_wheel;
    ZoomPan m_layout;  ///< of the square in the clip's top left corner that the whole matrix fills when it fits
};

}  // namespace vitrine
