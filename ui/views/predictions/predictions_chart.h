// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QChart>
#include <QFontMetricsF>
#include <QHorizontalBarSeries>
#include <QPalette>
#include <QSortFilterProxyModel>
#include <QVBarModelMapper>

#include <optional>

#include "ui/models/predictions_model.h"

namespace vitrine {

/// A quiet bar chart over the rows of a PredictionsModel: name, bar, percentage, best class on top. The chosen class has
/// the accent colour. The bars are Qt Charts' own, mapped from the model; names and percentages are painted beside them.
class PredictionsChart : public QChart {
    Q_OBJECT

public:
    PredictionsChart(const PredictionsModel& model, const QPalette& palette, QGraphicsItem* parent = nullptr);

    /// Logical pixels that `rows` bars need.
    static qreal heightFor(int rows, const QFontMetricsF& metrics);

    void setColours(const QPalette& palette);
    void setChosenClass(std::optional<int> classIndex);
    std::optional<int> chosenClass() const { return m_chosen; }
    /// The row under the mouse or the keyboard cursor; below 0: none.
    void setCurrentRow(int row, bool focused);

    /// The rectangle of a row in the chart's coordinates, names and percentages included.
    QRectF rowRect(int row) const;
    std::optional<int> rowAt(const QPointF& position) const;

    void paint(QPainter* painter, const QStyleOptionGraphicsItem* option, QWidget* widget) override;

protected:
    void resizeEvent(QGraphicsSceneResizeEvent* event) override;

private:
    void arrange();
    void colourBars();
    /// "97.3 %", or "97.3 % → 12.0 %" where the pass was changed.
    QString percentText(const Prediction& prediction) const;

    const PredictionsModel& m_model;
    QPalette m_palette;
    QSortFilterProxyModel m_reversed;  ///< horizontal bars grow upwards: the best class comes last
    QHorizontalBarSeries* m_series;
    QVBarModelMapper* m_mapper;
    std::optional<int> m_chosen;
    int m_current = -1;
    bool m_focused = false;
};

}  // namespace vitrine
