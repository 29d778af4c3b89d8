// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonValue>
#include <QWidget>

#include <array>

#include "ui/figure/figure.h"
#include "ui/models/head_sheet_model.h"

class QChart;
class QChartView;
class QComboBox;
class QLabel;
class QLineSeries;
class QValueAxis;

namespace vitrine {

/// One number over the layers of both sides, the mean of their heads, in units that two networks share: distances as parts of
/// the picture's width, entropies as parts of the largest one there can be. A click goes to the layer.
class CompareStatistics : public QWidget {
    Q_OBJECT

public:
    CompareStatistics(Exploration& first, Exploration& second, QWidget* parent = nullptr);

    Figure figure();

    /// As a session keeps it.
    QJsonValue state() const;
    void restore(const QJsonValue& state);
    /// Of a side (0, 1), by layer; NaN where it is not known.
    std::vector<double> numbers(int side) const;

protected:
    /// What nobody looks at is not computed.
    void showEvent(QShowEvent* event) override;

private:
    void build();
    void takeMetric();
    /// When it is seen, or a figure is asked for.
    void refresh();
    void takeNumbers();
    HeadMetric metric() const;
    QString nameOf(int side) const;
    void takeColours(const QPalette& palette) const;
    void point(const QPointF& at, bool over);

    std::array<Exploration*, 2> m_sides;
    HeadSheetModel m_first, m_second;
    QComboBox* m_metric;
    QLabel* m_note;
    QChartView* m_view;
    QChart* m_chart;
    std::array<QLineSeries*, 2> m_lines{};
    QValueAxis* m_layers = nullptr;
    QValueAxis* m_values = nullptr;
    QLabel* m_readout;
    bool m_isBehind = false;
};

}  // namespace vitrine
