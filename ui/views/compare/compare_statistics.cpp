// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/compare/compare_statistics.h"

#include <QChart>
#include <QChartView>
#include <QComboBox>
#include <QGraphicsScene>
#include <QLabel>
#include <QLegend>
#include <QLineSeries>
#include <QVBoxLayout>
#include <QValueAxis>

#include <algorithm>
#include <cmath>
#include <limits>

#include "ui/views/parts/chart_style.h"
#include "ui/views/parts/view_parts.h"
#include "ui/views/parts/view_style.h"

namespace vitrine {

namespace {

/// What a network's numbers are divided by, so that those of another one can stand beside them.
double unitFor(HeadMetric metric, const ModelSpec& spec)
{
    return metric == HeadMetric::MeanDistance ? spec.imageWidth : metric == HeadMetric::Entropy ? std::log(spec.tokens()) : 1;
}

QString unitName(HeadMetric metric)
{
    return metric == HeadMetric::MeanDistance ? CompareStatistics::tr("parts of the picture's width")
           : metric == HeadMetric::Entropy    ? CompareStatistics::tr("parts of the largest entropy, ln T")
                                              : unitOf(metric);
}

}  // namespace

CompareStatistics::CompareStatistics(Exploration& first, Exploration& second, QWidget* parent)
    : QWidget(parent)
    , m_sides{&first, &second}
    , m_first(first)
    , m_second(second)
    , m_metric(makeChoice(tr("Number"), tr("What is shown of the heads of both sides"), this))
    , m_note(makeReadout(this))
    , m_view(new ChartView(this))
    , m_chart(m_view->chart())
    , m_readout(makeReadout(this))
{
    setAccessibleName(tr("Both sides by layer"));
    for (const HeadMetric each : headMetrics)
        m_metric->addItem(toString(each));
    build();
    auto* row = new QHBoxLayout;
    row->addWidget(m_metric);
    row->addWidget(m_note, 1);
    auto* column = new QVBoxLayout(this);
    column->addLayout(row);
    column->addWidget(m_view, 1);
    column->addWidget(m_readout);
    setFocusProxy(m_metric);
    connect(m_metric, &QComboBox::currentIndexChanged, this, &CompareStatistics::takeMetric);
    for (HeadSheetModel* each : {&m_first, &m_second})
        connect(each, &HeadSheetModel::numbersReady, this, &CompareStatistics::refresh);
    for (Exploration* each : m_sides)
        connect(each, &Exploration::traceChanged, this, &CompareStatistics::refresh);
    takeNumbers();
}

void CompareStatistics::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    takeMetric();
}

void CompareStatistics::takeMetric()
{
    for (HeadSheetModel* each : {&m_first, &m_second})
        each->setMetric(metric());
    takeNumbers();
}

void CompareStatistics::refresh()
{
    // Laying a chart out takes longer than painting a picture's map.
    if (isVisible())
        takeNumbers();
    else
        m_isBehind = true;
}

void CompareStatistics::build()
{
    m_layers = new QValueAxis(this);
    m_values = new QValueAxis(this);
    m_layers->setTitleText(tr("layer"));
    m_layers->setLabelFormat(QStringLiteral("%d"));
    m_layers->setGridLineVisible(false);
    m_layers->setTickType(QValueAxis::TicksDynamic);
    m_chart->addAxis(m_layers, Qt::AlignBottom);
    m_chart->addAxis(m_values, Qt::AlignLeft);
    for (QLineSeries*& line : m_lines) {
        line = new QLineSeries(this);
        m_chart->addSeries(line);
        line->attachAxis(m_layers);
        line->attachAxis(m_values);
        line->setPointsVisible(true);
        connect(line, &QLineSeries::hovered, this, &CompareStatistics::point);
        connect(line, &QLineSeries::clicked, this, [this](const QPointF& at) { m_sides[0]->setLayer(qRound(at.x())); });
    }
    prepareChart(*m_view);
    m_chart->legend()->setAlignment(Qt::AlignTop);
    m_view->setAccessibleName(tr("Both sides over the layers"));
}

HeadMetric CompareStatistics::metric() const
{
    return headMetrics[static_cast<std::size_t>(std::max(0, m_metric->currentIndex()))];
}

QString CompareStatistics::nameOf(int side) const
{
    const auto& trace = m_sides[static_cast<std::size_t>(side)]->trace();
    const QString letter = side == 0 ? QStringLiteral("A") : QStringLiteral("B");
    return trace ? QStringLiteral("%1 · %2").arg(letter, QString::fromStdString(trace->model->name)) : letter;
}

std::vector<double> CompareStatistics::numbers(int side) const
{
    const auto& trace = m_sides[static_cast<std::size_t>(side)]->trace();
    const HeadSheetModel& model = side == 0 ? m_first : m_second;
    std::vector<double> result;
    for (int layer = 0; trace && layer < trace->layers(); ++layer) {
        double sum = 0;
        int known = 0;
        for (int head = 0; head < trace->model->heads; ++head)
            // Row 0 is the heads fused.
            if (const double value = model.number(head + 1, layer); std::isfinite(value)) {
                sum += value;
                ++known;
            }
        result.push_back(known > 0 ? sum / known / unitFor(metric(), *trace->model) : std::numeric_limits<double>::quiet_NaN());
    }
    return result;
}

void CompareStatistics::takeNumbers()
{
    m_isBehind = false;
    std::size_t layers = 0;
    double highest = 0;
    for (const int side : {0, 1}) {
        const std::vector<double> all = numbers(side);
        QList<QPointF> points;
        for (std::size_t layer = 0; layer < all.size(); ++layer)
            if (std::isfinite(all[layer])) {
                points.append({double(layer), all[layer]});
                highest = std::max(highest, all[layer]);
            }
        QLineSeries& line = *m_lines[static_cast<std::size_t>(side)];
        line.replace(points);
        line.setName(nameOf(side));
        layers = std::max(layers, all.size());
    }
    const bool both = m_sides[0]->trace() && m_sides[1]->trace();
    m_view->setVisible(both);
    m_layers->setRange(-0.5, std::max<double>(1, double(layers)) - 0.5);
    m_layers->setTickInterval(layers > 17 ? 4 : 1);
    m_values->setRange(0, std::max(highest, 1e-6));
    m_values->applyNiceNumbers();
    m_values->setTitleText(unitName(metric()));
    m_note->setText(
        !both ? tr("Both sides appear here once a picture has run through their models.")
        : m_first.isComputing() || m_second.isComputing()
            ? tr("being computed …")
            : tr("%1, mean over the heads of each layer; click a point to go to its layer").arg(toString(metric())));
    takeColours(palette());
}

void CompareStatistics::takeColours(const QPalette& palette) const
{
    styleChart(*m_chart, palette);
    m_lines[0]->setPen(QPen(palette.color(QPalette::Highlight), 2));
    // Another dash, so that no one has to tell colours apart.
    m_lines[1]->setPen(QPen(palette.color(QPalette::WindowText), 2, Qt::DashLine));
}

void CompareStatistics::point(const QPointF& at, bool over)
{
    m_view->setCursor(over ? Qt::PointingHandCursor : Qt::ArrowCursor);
    if (!over)
        return m_readout->clear();
    const auto layer = static_cast<std::size_t>(std::max(0, qRound(at.x())));
    const std::vector<double> a = numbers(0), b = numbers(1);
    const auto text = [layer](const std::vector<double>& all) {
        return layer < all.size() ? formatValue(all[layer]) : QStringLiteral("–");
    };
    m_readout->setText(tr("layer %1 · A %2 · B %3").arg(layer).arg(text(a), text(b)));
}

QJsonValue CompareStatistics::state() const
{
    return m_metric->currentText();
}

void CompareStatistics::restore(const QJsonValue& state)
{
    choose(*m_metric, state);
}

Figure CompareStatistics::figure()
{
    if (m_isBehind)
        takeNumbers();
    if (!m_sides[0]->trace() || !m_sides[1]->trace())
        return {};
    Figure figure;
    figure.title = tr("%1 by layer").arg(toString(metric()));
    figure.size = {560, 340};
    figure.paint = [this, size = figure.size](QPainter& painter) {
        takeColours(figurePalette());
        paintChart(*m_view, painter, size);
        takeColours(palette());
    };
    figure.isWhole = m_first.isWhole() && m_second.isWhole();
    for (const int side : {0, 1}) {
        const std::vector<double> all = numbers(side);
        figure.numbers.push_back({side == 0 ? "first_by_layer" : "second_by_layer",
                                  NdArray({static_cast<std::int64_t>(all.size())}, {all.begin(), all.end()})});
    }
    return figure;
}

}  // namespace vitrine
