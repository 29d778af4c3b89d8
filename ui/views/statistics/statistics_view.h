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
/// means; or one of every layer. A click opens the head, or the layer.
class StatisticsView : public QWidget {
    Q_OBJECT

public:
    explicit StatisticsView(Exploration& exploration, QWidget* parent = nullptr);

    /// A number of a whole layer.
    enum class LayerMeasure { PatchNorm, ClsNorm, OwnShare };

    Figure figure() const;

private:
    void build();
    /// What is shown, if it is no number of heads.
    std::optional<LayerMeasure> layerMeasure() const;
    QList<QPointF> headDots() const;
    /// One point a layer, as far as it has a number.
    QList<QPointF> layerPoints(const QList<QPointF>& heads) const;
    QString unit() const;
    QString layerNote() const;
    NdArray headNumbers() const;   ///< [L, heads]
    NdArray layerNumbers() const;  ///< [L]
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
