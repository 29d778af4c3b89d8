// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/statistics/statistics_view.h"

#include <QChart>
#include <QChartView>
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLegend>
#include <QLegendMarker>
#include <QLineSeries>
#include <QScatterSeries>
#include <QVBoxLayout>
#include <QValueAxis>

#include <algorithm>
#include <cmath>
#include <memory>

#include "ui/views/parts/chart_style.h"
#include "ui/views/parts/view_parts.h"
#include "ui/views/parts/view_style.h"

namespace vitrine {

namespace {

constexpr std::array metrics{HeadMetric::MeanDistance, HeadMetric::Entropy, HeadMetric::AttentionToCls,
                             HeadMetric::SelfAttention};

/// What attention that is even over all tokens has; nothing where that depends on more than their number.
std::optional<double> evenValue(HeadMetric metric, const ModelSpec& spec)
{
    switch (metric) {
    case HeadMetric::Entropy:
        return std::log(spec.tokens());
    case HeadMetric::AttentionToCls:
        return spec.cls ? std::optional(1.0 / spec.tokens()) : std::nullopt;
    case HeadMetric::SelfAttention:
        return 1.0 / spec.tokens();
    case HeadMetric::MeanDistance:
        break;
    }
    return std::nullopt;
}

}  // namespace

StatisticsView::StatisticsView(Exploration& exploration, QWidget* parent)
    : QWidget(parent)
    , m_exploration(exploration)
    , m_numbers(exploration)
    , m_metric(makeChoice(tr("Number"), tr("What is shown of every head"), this))
    , m_note(makeReadout(this))
    , m_view(new QChartView(this))
    , m_chart(m_view->chart())
    , m_readout(makeReadout(this))
{
    setAccessibleName(tr("Statistics"));
    build();
    for (const HeadMetric metric : metrics)
        m_metric->addItem(toString(metric));
    auto* column = new QVBoxLayout(this);
    auto* row = new QHBoxLayout;
    row->addWidget(m_metric);
    row->addWidget(m_note, 1);
    column->addLayout(row);
    column->addWidget(m_view, 1);
    column->addWidget(m_readout);
    setFocusProxy(m_metric);

    connect(m_metric, &QComboBox::currentIndexChanged, this, [this](int index) {
        m_numbers.setMetric(metrics[static_cast<std::size_t>(index)]);
        takeNumbers();
    });
    connect(&m_numbers, &HeadSheetModel::numbersReady, this, &StatisticsView::takeNumbers);
    connect(&exploration, &Exploration::traceChanged, this, &StatisticsView::takeNumbers);
    connect(&exploration, &Exploration::placeChanged, this, &StatisticsView::takePlace);
    m_numbers.setMetric(metrics.front());
    takeNumbers();
}

void StatisticsView::build()
{
    m_heads = new QScatterSeries(this);
    m_present = new QScatterSeries(this);
    m_means = new QLineSeries(this);
    m_even = new QLineSeries(this);
    m_layers = new QValueAxis(this);
    m_values = new QValueAxis(this);
    m_layers->setTitleText(tr("layer"));
    m_layers->setLabelFormat(QStringLiteral("%d"));
    m_layers->setGridLineVisible(false);
    m_chart->addAxis(m_layers, Qt::AlignBottom);
    m_chart->addAxis(m_values, Qt::AlignLeft);
    for (QXYSeries* series : {static_cast<QXYSeries*>(m_even), static_cast<QXYSeries*>(m_means),
                              static_cast<QXYSeries*>(m_present), static_cast<QXYSeries*>(m_heads)}) {
        m_chart->addSeries(series);
        series->attachAxis(m_layers);
        series->attachAxis(m_values);
    }
    m_heads->setName(tr("a head"));
    m_means->setName(tr("mean of heads"));
    m_even->setName(tr("uniform"));
    m_present->setName(tr("shown"));
    prepareChart(*m_view);
    m_chart->legend()->setAlignment(Qt::AlignRight);
    m_view->setAccessibleName(tr("Every head over the layers"));
    connect(m_heads, &QScatterSeries::hovered, this, &StatisticsView::point);
    connect(m_heads, &QScatterSeries::clicked, this, &StatisticsView::open);
}

void StatisticsView::takeNumbers()
{
    const auto& trace = m_exploration.trace();
    m_view->setVisible(trace != nullptr);
    QList<QPointF> heads, means;
    double highest = 0;
    for (int layer = 0; trace && layer < trace->layers(); ++layer) {
        double sum = 0;
        int known = 0;
        for (int head = 0; head < trace->model->heads; ++head) {
            const double value = m_numbers.number(head + 1, layer);  // row 0 is the heads fused
            if (!std::isfinite(value))
                continue;
            heads.append({double(layer), value});
            highest = std::max(highest, value);
            sum += value;
            ++known;
        }
        if (known > 0)
            means.append({double(layer), sum / known});
    }
    const HeadMetric metric = metrics[static_cast<std::size_t>(m_metric->currentIndex())];
    const std::optional<double> even = trace ? evenValue(metric, *trace->model) : std::nullopt;
    const double last = trace ? trace->layers() - 1 : 1;
    m_heads->replace(heads);
    m_means->replace(means);
    m_even->replace(even ? QList<QPointF>{{-0.5, *even}, {last + 0.5, *even}} : QList<QPointF>());
    m_layers->setRange(-0.5, last + 0.5);
    m_layers->setTickType(QValueAxis::TicksDynamic);
    m_layers->setTickInterval(last > 16 ? 4 : 1);
    if (even)
        highest = std::max(highest, *even);
    m_values->setRange(0, std::max(highest, 1e-6));
    m_values->applyNiceNumbers();
    m_chart->legend()->markers(m_even).first()->setVisible(even.has_value());
    m_values->setTitleText(unitOf(metric));
    m_note->setText(!trace                    ? tr("The heads appear here once a picture has run through a model.")
                    : m_numbers.isComputing() ? tr("being computed …")
                                              : tr("%1 of every head; click a dot to open its head").arg(toString(metric)));
    takeColours(*m_chart, palette());
    takePlace();
}

void StatisticsView::takePlace()
{
    const HeadChoice& heads = m_exploration.heads();
    QList<QPointF> present;
    if (m_exploration.trace() && heads.fusion == HeadFusion::Single)
        if (const double value = m_numbers.number(heads.head + 1, m_exploration.layer()); std::isfinite(value))
            present.append({double(m_exploration.layer()), value});
    m_present->replace(present);
}

void StatisticsView::takeColours(QChart& chart, const QPalette& palette) const
{
    const QColor text = palette.color(QPalette::WindowText), accent = palette.color(QPalette::Highlight);
    const QList<QAbstractSeries*> series = chart.series();
    const auto style = [&](int index, const QPen& pen, const QColor& fill, double size) {
        auto* dots = qobject_cast<QScatterSeries*>(series[index]);
        static_cast<QXYSeries*>(series[index])->setPen(pen);
        if (dots) {
            dots->setColor(fill);
            dots->setBorderColor(pen.color());
            dots->setMarkerSize(size);
        }
    };
    style(0, QPen(quietText(palette), 1, Qt::DashLine), {}, 0);
    style(1, QPen(text, 1.5), {}, 0);
    style(2, QPen(text, 2), accent, 15);
    style(3, QPen(palette.color(QPalette::Window), 1), accent, 9);
    styleChart(chart, palette);
}

std::optional<LayerHead> StatisticsView::headAt(const QPointF& point) const
{
    const auto& trace = m_exploration.trace();
    const int layer = qRound(point.x());
    if (!trace || layer < 0 || layer >= trace->layers())
        return std::nullopt;
    int nearest = 0;
    for (int head = 1; head < trace->model->heads; ++head)
        if (std::abs(m_numbers.number(head + 1, layer) - point.y())
            < std::abs(m_numbers.number(nearest + 1, layer) - point.y()))
            nearest = head;
    return LayerHead{layer, nearest};
}

void StatisticsView::point(const QPointF& at, bool over)
{
    const std::optional<LayerHead> found = over ? headAt(at) : std::nullopt;
    m_view->setCursor(found ? Qt::PointingHandCursor : Qt::ArrowCursor);
    m_readout->setText(found ? tr("layer %1, head %2: %3").arg(found->layer).arg(found->head).arg(formatValue(at.y()))
                             : QString());
}

void StatisticsView::open(const QPointF& at)
{
    const std::optional<LayerHead> found = headAt(at);
    if (!found)
        return;
    Place place = m_exploration.place();
    place.layer = found->layer;
    place.heads = {HeadFusion::Single, found->head, {}};
    place.method = nullptr;
    m_exploration.setPlace(place);
}

Figure StatisticsView::figure() const
{
    const auto& trace = m_exploration.trace();
    if (!trace || m_heads->points().isEmpty())
        return {};
    Figure figure;
    const HeadMetric metric = metrics[static_cast<std::size_t>(m_metric->currentIndex())];
    figure.title = tr("%1 by layer").arg(toString(metric));
    figure.size = {560, 340};
    // The window's own chart, in the colours of paper for as long as it is painted.
    figure.paint = [this, size = figure.size](QPainter& painter) {
        takeColours(*m_chart, figurePalette(palette()));
        paintChart(*m_view, painter, size);
        takeColours(*m_chart, palette());
    };
    NdArray numbers({trace->layers(), trace->model->heads}, [&] {
        std::vector<float> all;
        for (int layer = 0; layer < trace->layers(); ++layer)
            for (int head = 0; head < trace->model->heads; ++head)
                all.push_back(m_numbers.number(head + 1, layer));
        return all;
    }());
    describeFigure(figure, m_exploration);
    figure.table = [numbers] { return longTable(numbers, {"layer", "head"}); };
    figure.numbers = {{"heads", std::move(numbers)}};
    return figure;
}

}  // namespace vitrine
