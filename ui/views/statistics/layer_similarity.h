// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "ui/figure/figure.h"
#include "ui/session/exploration.h"
#include "ui/views/parts/accessible_parts.h"

namespace vitrine {

/// How alike one picture's patches are after each layer and after each other one (linear CKA), as a square of colours, layer
/// 0 at the bottom left. A click opens the layer of the column.
class LayerSimilarity : public QWidget, public HasParts {
    Q_OBJECT

public:
    explicit LayerSimilarity(Exploration& exploration, QWidget* parent = nullptr);

    /// Nothing is computed while nobody wants it.
    void setWanted(bool wanted);
    /// [L, L]; empty while it is being computed, and where there is a problem.
    const NdArray& numbers() const { return m_numbers; }
    const QString& problem() const { return m_problem; }
    /// Where the square lies, in widget coordinates.
    QRectF square() const;
    Figure figure() const;
    // The cells, row by row from layer 0 on, for screen readers.
    int partCount() const override { return layers() * layers(); }
    QString partName(int part) const override;
    QString partValue(int part) const override;
    QRectF partRect(int part) const override;
    int partAt(const QPointF& position) const override;
    bool isPartChosen(int part) const override { return part == m_pointed; }
    void pressPart(int part) override;
    QSize sizeHint() const override { return {360, 320}; }
    QSize minimumSizeHint() const override { return {160, 120}; }

Q_SIGNALS:
    void computed();
    /// One line about the cell under the mouse or the keyboard; empty: none.
    void pointed(const QString& text);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    struct Answer {
        NdArray numbers;
        QString problem;
    };

    static Answer answerOf(const Trace& trace);
    void takeTrace();
    void compute();
    void point(int part);
    int layers() const { return m_numbers.empty() ? 0 : static_cast<int>(m_numbers.dim(0)); }
    Heatmap map() const;

    Exploration& m_exploration;
    NdArray m_numbers;
    QString m_problem;
    bool m_wanted = false, m_computing = false;
    int m_pointed = -1;  ///< cell
};

}  // namespace vitrine
