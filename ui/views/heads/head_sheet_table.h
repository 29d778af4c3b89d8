// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTableView>

#include "ui/models/head_sheet_model.h"

namespace vitrine {

/// Draws one cell of the head sheet, its map or its number; the part of the cell that it fills.
QRectF paintHeadCell(QPainter& painter, const QRectF& cell, const QVariant& decoration, const QString& number,
                     const QPalette& palette);

/// The head sheet's cells: as large as fit on one screen, else scrolled. The present cell is the current index.
class HeadSheetTable : public QTableView {
    Q_OBJECT

public:
    explicit HeadSheetTable(HeadSheetModel& model, QWidget* parent = nullptr);

    /// Makes the cell of this layer and row the current one without telling anyone.
    void showPlace(int row, int layer);
    void setSmallestCell(int side);
    QSize sizeHint() const override;

Q_SIGNALS:
    void opened(int row, int layer);        ///< clicked, or reached by key
    void subsetToggled(int head);           ///< Ctrl+click, or Space
    void meanToggled();                     ///< M
    void switched(int head, int layer);     ///< Alt+click, or 0: on or off
    void pointed(const QModelIndex& cell);  ///< under the mouse; invalid: none

protected:
    void currentChanged(const QModelIndex& current, const QModelIndex& previous) override;
    void keyPressEvent(QKeyEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void fitCells();
    void step(int rows, int layers);

    HeadSheetModel& m_model;
    int m_smallest = 28;
    bool m_showing = false;
};

}  // namespace vitrine
