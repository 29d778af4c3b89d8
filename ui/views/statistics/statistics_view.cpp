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
#include "ui/views/statistics/layer_similarity.h"

namespace vitrine {

namespace {

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

/// As the command line names the columns of its table; what a session keeps.
constexpr std::array names{"distance", "entropy",     "on_cls", "on_itself", "patch_norm",
                           "cls_norm", "inner_share", "lens",   "cka"};

}  // namespace

StatisticsView::StatisticsView(Exploration& exploration, QWidget* parent)
    : QWidget(parent)
    , m_exploration(exploration)
    , m_numbers(exploration)
    , m_metric(makeChoice(tr("Number"), tr("What is shown of every head, layer or two layers"), this))
    , m_note(makeReadout(this))
    , m_view(new ChartView(this))
    , m_chart(m_view->chart())
    , m_similarity(new LayerSimilarity(exploration, this))
    , m_readout(makeReadout(this))
{
    setAccessibleName(tr("Statistics"));
    build();
    for (const HeadMetric metric : headMetrics)
        m_metric->addItem(toString(metric));
    // In the order of LayerMeasure.
    m_metric->addItems({tr("length of the patches' tokens"), tr("length of the CLS token"), tr("what pixels add of their own"),
                        tr("logit lens: the class"), tr("likeness of two layers (CKA)")});
    for (std::size_t i = 0; i < names.size(); ++i)
        m_metric->setItemData(static_cast<int>(i), QString::fromLatin1(names[i]));
    auto* column = new QVBoxLayout(this);
    auto* row = new QHBoxLayout;
    row->addWidget(m_metric);
    row->addWidget(m_note, 1);
    column->addLayout(row);
    column->addWidget(m_view, 1);
    column->addWidget(m_similarity, 1);
    column->addWidget(m_readout);
    setFocusProxy(m_metric);

    connect(m_metric, &QComboBox::currentIndexChanged, this, [this](int index) {
        if (!layerMeasure())
            m_numbers.setMetric(headMetrics[static_cast<std::size_t>(index)]);
        m_readout->clear();
        m_similarity->setWanted(isSimilarity());
        refresh();
    });
    connect(m_similarity, &LayerSimilarity::computed, this, &StatisticsView::refresh);
    connect(m_similarity, &LayerSimilarity::pointed, m_readout, &QLabel::setText);
    connect(&exploration, &Exploration::mapProvided, this, [this] {
        if (layerMeasure() == LayerMeasure::Lens)
            refresh();
    });
    connect(&m_numbers, &HeadSheetModel::numbersReady, this, &StatisticsView::refresh);
    connect(&exploration, &Exploration::traceChanged, this, &StatisticsView::refresh);
    connect(&exploration, &Exploration::placeChanged, this, [this] {
        // The lens is of the shown class.
        if (layerMeasure() == LayerMeasure::Lens)
            refresh();
        else
            takePlace();
    });
    m_numbers.setMetric(headMetrics.front());
    takeNumbers();
}

void StatisticsView::refresh()
{
    // Laying a chart out takes longer than painting a picture's map.
    if (isVisible())
        takeNumbers();
    else
        m_isBehind = true;
}

void StatisticsView::catchUp()
{
    if (m_isBehind)
        takeNumbers();
}

void StatisticsView::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    catchUp();
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
    connect(m_means, &QLineSeries::clicked, this, [this](const QPointF& at) {
        if (layerMeasure())
            m_exploration.setLayer(qRound(at.x()));
    });
    connect(m_means, &QLineSeries::hovered, this, [this](const QPointF& at, bool over) {
        const QList<QPointF> points = m_means->points();
        const auto found = std::ranges::find(points, qRound(at.x()), [](const QPointF& each) { return qRound(each.x()); });
        if (layerMeasure())
            m_readout->setText(over && found != points.end()
                                   ? tr("layer %1: %2").arg(qRound(at.x())).arg(formatValue(found->y()))
                                   : QString());
    });
}

QJsonValue StatisticsView::state() const
{
    return m_metric->currentData().toString();
}

void StatisticsView::restore(const QJsonValue& state)
{
    if (const int index = m_metric->findData(state.toString()); index >= 0)
        m_metric->setCurrentIndex(index);
}

std::optional<MapRequest> StatisticsView::missingMap() const
{
    const std::optional<MapRequest> lens = layerMeasure() == LayerMeasure::Lens ? lensRequest(m_exploration) : std::nullopt;
    return lens && !m_exploration.answer(*lens) ? lens : std::nullopt;
}

std::optional<LayerMeasure> StatisticsView::layerMeasure() const
{
    const int beyond = m_metric->currentIndex() - static_cast<int>(headMetrics.size());
    return beyond < 0 ? std::nullopt : std::optional(static_cast<LayerMeasure>(beyond));
}

QList<QPointF> StatisticsView::headDots() const
{
    QList<QPointF> dots;
    const auto& trace = m_exploration.trace();
    for (int layer = 0; trace && !layerMeasure() && layer < trace->layers(); ++layer)
        for (int head = 0; head < trace->model->heads; ++head)
            if (const double value = m_numbers.number(head + 1, layer); std::isfinite(value))  // row 0 is the heads fused
                dots.append({double(layer), value});
    return dots;
}

QList<QPointF> StatisticsView::layerPoints(const QList<QPointF>& heads) const
{
    QList<QPointF> points;
    const auto& trace = m_exploration.trace();
    if (const std::optional<LayerMeasure> measure = layerMeasure())
        return trace ? pointsOf(*measure, m_exploration) : points;
    for (int layer = 0; trace && layer < trace->layers(); ++layer) {
        double sum = 0;
        int known = 0;
        for (const QPointF& head : heads)
            if (qRound(head.x()) == layer) {
                sum += head.y();
                ++known;
            }
        if (known > 0)
            points.append({double(layer), sum / known});
    }
    return points;
}

void StatisticsView::takeNumbers()
{
    m_isBehind = false;
    const auto& trace = m_exploration.trace();
    m_view->setVisible(trace && !isSimilarity());
    m_similarity->setVisible(trace && isSimilarity());
    const QList<QPointF> heads = headDots(), points = layerPoints(heads);
    const bool ofLayers = layerMeasure().has_value();
    const std::optional<double> even = trace && !ofLayers
                                           ? evenValue(headMetrics[static_cast<std::size_t>(m_metric->currentIndex())],
                                                       *trace->model)
                                           : std::nullopt;
    const double last = trace ? trace->layers() - 1 : 1;
    m_heads->replace(heads);
    m_means->replace(points);
    // Of a class that has several names one: the legend takes its width from the plot.
    m_means->setName(ofLayers ? shownName().section(u',', 0, 0) : tr("mean of heads"));
    m_means->setPointsVisible(ofLayers);
    const double across = even.value_or(0);
    m_even->replace(even ? QList<QPointF>{{-0.5, across}, {last + 0.5, across}} : QList<QPointF>());
    m_layers->setRange(-0.5, last + 0.5);
    m_layers->setTickType(QValueAxis::TicksDynamic);
    m_layers->setTickInterval(last > 16 ? 4 : 1);
    double highest = across;
    for (const QPointF& point : heads + points)
        highest = std::max(highest, point.y());
    m_values->setRange(0, std::max(highest, 1e-6));
    m_values->applyNiceNumbers();
    m_chart->legend()->markers(m_even).first()->setVisible(even.has_value());
    m_chart->legend()->markers(m_heads).first()->setVisible(!heads.isEmpty());
    m_values->setTitleText(unit());
    m_note->setText(!trace     ? tr("The heads appear here once a picture has run through a model.")
                    : ofLayers ? layerNote()
                    : m_numbers.isComputing()
                        ? tr("being computed …")
                        : tr("%1 of every head; click a dot to open its head").arg(m_metric->currentText()));
    takeColours(*m_chart, palette());
    takePlace();
    if (missingMap())
        Q_EMIT mapMissing();
}

QString StatisticsView::shownName() const
{
    const std::optional<int> of = m_exploration.shownClass();
    return layerMeasure() == LayerMeasure::Lens && of
               ? tr("logit lens of %1").arg(QString::fromStdString(m_exploration.trace()->model->label(*of)))
               : m_metric->currentText();
}

QString StatisticsView::unit() const
{
    const std::optional<LayerMeasure> measure = layerMeasure();
    return measure ? unitOf(*measure) : unitOf(headMetrics[static_cast<std::size_t>(m_metric->currentIndex())]);
}

QString StatisticsView::layerNote() const
{
    const bool any = isSimilarity() ? m_similarity->problem().isEmpty() : !m_means->points().isEmpty();
    return any ? aboutOf(*layerMeasure(), m_exploration) : whyNone(*layerMeasure(), m_exploration);
}

void StatisticsView::takePlace()
{
    const HeadChoice& heads = m_exploration.heads();
    QList<QPointF> present;
    const bool ofLayers = layerMeasure().has_value();
    if (m_exploration.trace() && !ofLayers && heads.fusion == HeadFusion::Single)
        if (const double value = m_numbers.number(heads.head + 1, m_exploration.layer()); std::isfinite(value))
            present.append({double(m_exploration.layer()), value});
    if (ofLayers || heads.fusion == HeadFusion::Mean)
        for (const QPointF& mean : m_means->points())
            if (qRound(mean.x()) == m_exploration.layer())
                present.append(mean);
    m_present->replace(present);
    m_chart->legend()->markers(m_present).first()->setVisible(!present.isEmpty());
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
    style(2, QPen(text, 2), Qt::transparent, 15);
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

NdArray StatisticsView::headNumbers() const
{
    const auto& trace = m_exploration.trace();
    std::vector<float> all;
    for (int layer = 0; layer < trace->layers(); ++layer)
        for (int head = 0; head < trace->model->heads; ++head)
            all.push_back(m_numbers.number(head + 1, layer));
    return NdArray({trace->layers(), trace->model->heads}, std::move(all));
}

NdArray StatisticsView::layerNumbers() const
{
    std::vector<float> all;
    for (const QPointF& point : m_means->points())
        all.push_back(static_cast<float>(point.y()));
    const auto layers = static_cast<std::int64_t>(all.size());
    return NdArray({layers}, std::move(all));
}

Figure StatisticsView::figure()
{
    catchUp();
    const auto& trace = m_exploration.trace();
    if (trace && isSimilarity())
        return m_similarity->figure();
    if (!trace || m_means->points().isEmpty())
        return {};
    Figure figure;
    figure.title = tr("%1 by layer").arg(shownName());
    figure.size = {560, 340};
    // The window's own chart, in the colours of paper for as long as it is painted.
    figure.paint = [this, size = figure.size](QPainter& painter) {
        takeColours(*m_chart, figurePalette());
        paintChart(*m_view, painter, size);
        takeColours(*m_chart, palette());
    };
    const bool ofLayers = layerMeasure().has_value();
    figure.isWhole = ofLayers || m_numbers.isWhole();
    NdArray numbers = ofLayers ? layerNumbers() : headNumbers();
    describeFigure(figure, m_exploration);
    figure.table = [numbers, ofLayers] {
        return longTable(numbers, ofLayers ? std::vector<std::string>{"layer"} : std::vector<std::string>{"layer", "head"});
    };
    figure.numbers = {{ofLayers ? "layers" : "heads", std::move(numbers)}};
    return figure;
}

}  // namespace vitrine
