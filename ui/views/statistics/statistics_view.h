// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonValue>
#include <QWidget>

#include <optional>

#include "ui/figure/figure.h"
#include "ui/models/head_sheet_model.h"
#include "ui/views/statistics/layer_measure.h"

class QChart;
class QChartView;
class QComboBox;
class QLabel;
class QLineSeries;
class QScatterSeries;
class QValueAxis;

namespace vitrine {

class LayerSimilarity;

/// One number of every head over the layers, as in the ViT paper (figure 7, right): a dot a head, a line through their
/// means; or one of every layer, or of each two. A click opens the head, or the layer.
class StatisticsView : public QWidget {
    Q_OBJECT

public:
    explicit StatisticsView(Exploration& exploration, QWidget* parent = nullptr);

    /// As a session keeps it; unknown names change nothing.
    QJsonValue state() const;
    void restore(const QJsonValue& state);
    /// The logit lens while it is shown and there is no answer.
    std::optional<MapRequest> missingMap() const;
    Figure figure();

Q_SIGNALS:
    void mapMissing();

protected:
    void showEvent(QShowEvent* event) override;

private:
    void build();
    void refresh();
    /// With what was heard of while it was hidden.
    void catchUp();
    /// What is shown, if it is no number of heads.
    std::optional<LayerMeasure> layerMeasure() const;
    bool isSimilarity() const { return layerMeasure() == LayerMeasure::Similarity; }
    QString shownName() const;
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
    LayerSimilarity* m_similarity;
    QScatterSeries* m_heads;
    QScatterSeries* m_present;
    QLineSeries* m_means;
    QLineSeries* m_even;  ///< what uniform attention would have
    QValueAxis* m_layers;
    QValueAxis* m_values;
    QLabel* m_readout;
    bool m_isBehind = false;
};

}  // namespace vitrine
