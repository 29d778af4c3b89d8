// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QChartView>

#include "ui/views/parts/accessible_parts.h"
#include "ui/views/predictions/predictions_chart.h"

namespace vitrine {

/// Shows a PredictionsChart: a row is hovered, clicked, or chosen with the arrow keys and Enter.
class PredictionsChartView : public QChartView, public HasParts {
    Q_OBJECT

public:
    explicit PredictionsChartView(const PredictionsModel& model, QWidget* parent = nullptr);

    PredictionsChart& bars() { return *m_bars; }
    // The classes, for screen readers.
    int partCount() const override;
    QString partName(int part) const override;
    QString partValue(int part) const override;
    QRectF partRect(int part) const override;
    bool isPartChosen(int part) const override;
    void pressPart(int part) override;
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

Q_SIGNALS:
    void chosen(int row);

protected:
    bool viewportEvent(QEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void showCurrent();

    const PredictionsModel& m_model;
    PredictionsChart* m_bars;
    int m_hovered = -1;  ///< row under the mouse
    int m_cursor = 0;    ///< row of the keyboard
    QPoint m_pressed;
};

}  // namespace vitrine
