// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include <optional>

#include "ui/figure/figure.h"
#include "ui/models/head_sheet_model.h"

class QChart;
class QChartView;
class QComboBox;
class QLabel;
class QLineSeries;
class QScatterSeries;
class QValueAxis;

namespace vitrine {

/// One number of every head over the layers, as in the ViT paper (figure 7, right): a dot a head, a line through their
/// means. A click opens the head.
class StatisticsView : public QWidget {
    Q_OBJECT

public:
    explicit StatisticsView(Exploration& exploration, QWidget* parent = nullptr);

    Figure figure() const;

private:
    void build();
    void takeNumbers();
    void takePlace();
    void takeColours(QChart& chart, const QPalette& palette) const;
    /// The head whose dot lies at a point of the plot.
    std::optional<LayerHead> headAt(const QPointF& point) const;
    void point(const QPointF& point, bool over);
    void open(const QPointF& point);

    Exploration& m_exploration;
    HeadSheetModel m_numbers;
    QComboBox* m_metric;
    QLabel* m_note;
    QChartView* m_view;
    QChart* m_chart;
    QScatterSeries* m_heads;
    QScatterSeries* m_present;
    QLineSeries* m_means;
    QLineSeries* m_even;  ///< what uniform attention would have
    QValueAxis* m_layers;
    QValueAxis* m_values;
    QLabel* m_readout;
};

}  // namespace vitrine
