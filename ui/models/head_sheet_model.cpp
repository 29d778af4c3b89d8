// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/head_sheet_model.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <QColor>

#include "core/base/error.h"
#include "core/explain/statistics.h"
#include "ui/session/background.h"

namespace vitrine {

QString toString(HeadMetric metric)
{
    switch (metric) {
    case HeadMetric::MeanDistance:
        return HeadSheetModel::tr("mean attention distance");
    case HeadMetric::Entropy:
        return HeadSheetModel::tr("entropy");
    case HeadMetric::AttentionToCls:
        return HeadSheetModel::tr("attention to CLS");
    case HeadMetric::SelfAttention:
        return HeadSheetModel::tr("self-attention");
    }
    return {};
}

QString unitOf(HeadMetric metric)
{
    switch (metric) {
    case HeadMetric::MeanDistance:
        return HeadSheetModel::tr("pixels");
    case HeadMetric::Entropy:
        return HeadSheetModel::tr("nats");
    case HeadMetric::AttentionToCls:
    case HeadMetric::SelfAttention:
        break;
    }
    return HeadSheetModel::tr("weight");
}

HeadSheetModel::HeadSheetModel(const Exploration& exploration, QObject* parent)
    : QAbstractTableModel(parent)
    , m_exploration(exploration)
{
    connect(&m_exploration, &Exploration::traceChanged, this, &HeadSheetModel::takeTrace);
    connect(&m_exploration, &Exploration::placeChanged, this, &HeadSheetModel::refresh);
    connect(&m_exploration, &Exploration::hoverChanged, this, &HeadSheetModel::refresh);
    connect(&m_exploration, &Exploration::displayChanged, this, &HeadSheetModel::refresh);
    // A layer that was provided before is given up by then: look at all of them again.
    connect(&m_exploration, &Exploration::attentionProvided, this, &HeadSheetModel::forgetMaps);
    // Asked for while painting.
    connect(this, &HeadSheetModel::mapsMissing, this, &HeadSheetModel::computeMaps, Qt::QueuedConnection);
    takeTrace();
}

HeadSheetModel::~HeadSheetModel()
{
    m_stop.request_stop();
}

HeadSheetModel::Shown HeadSheetModel::shown() const
{
    return {m_exploration.shownToken(), m_exploration.direction(), choiceAt(0), m_exploration.display()};
}

void HeadSheetModel::takeTrace()
{
    const std::shared_ptr<const Trace>& trace = m_exploration.trace();
    if (trace == m_trace && trace)
        return;
    // Another picture in the same model keeps the table, so that a view keeps its place and its scroll bars.
    const bool sameShape = trace && m_trace && trace->layers() == m_trace->layers()
                           && trace->model->heads == m_trace->model->heads;
    if (!sameShape)
        beginResetModel();
    m_trace = trace;
    m_stop.request_stop();
    m_stop = {};
    m_numbers = {};
    m_slices = {};
    m_images.assign(static_cast<std::size_t>(rowCount() * columnCount()), QImage());
    m_shown = shown();
    if (sameShape)
        changed(0, rowCount() - 1, 0, columnCount() - 1);
    else
        endResetModel();
    compute();
}

void HeadSheetModel::refresh()
{
    const Shown now = shown();
    if (!m_trace || now == m_shown)
        return;
    const bool onlyFused = now.token == m_shown.token && now.direction == m_shown.direction && now.display == m_shown.display;
    m_shown = now;
    const int lastRow = onlyFused ? 0 : rowCount() - 1;
    if (!isBehind())
        std::fill_n(m_images.begin(), (lastRow + 1) * columnCount(), QImage());
    if (onlyFused)
        Q_EMIT headerDataChanged(Qt::Vertical, 0, rowCount() - 1);
    changed(0, lastRow, 0, columnCount() - 1);
}

void HeadSheetModel::forgetMaps()
{
    std::ranges::fill(m_images, QImage());
    changed(0, rowCount() - 1, 0, columnCount() - 1);
}

void HeadSheetModel::changed(int firstRow, int lastRow, int fromLayer, int toLayer)
{
    if (rowCount() > 0)
        Q_EMIT dataChanged(index(firstRow, fromLayer), index(lastRow, toLayer));
}

void HeadSheetModel::setMetric(std::optional<HeadMetric> metric)
{
    if (metric == m_metric)
        return;
    m_metric = metric;
    changed(0, rowCount() - 1, 0, columnCount() - 1);
    compute();
}

void HeadSheetModel::compute()
{
    if (!m_trace || !m_metric || !isComputing())
        return;
    const HeadMetric metric = *m_metric;
    // A large trace takes seconds: not on this thread.
    runInBackground(
        this,
        [trace = m_trace, metric, stop = m_stop.get_token()] {
            try {
                return headMetric(*trace, metric, stop);
            } catch (const Cancelled&) {
                return NdArray();
            }
        },
        [this, trace = m_trace, metric](const NdArray& numbers) {
            if (trace != m_trace || numbers.empty())
                return;
            m_numbers[static_cast<std::size_t>(metric)] = numbers;
            if (m_metric == metric) {
                changed(0, rowCount() - 1, 0, columnCount() - 1);
                Q_EMIT numbersReady();
            }
        });
}

bool HeadSheetModel::isComputing() const
{
    return m_trace && m_metric && m_numbers[static_cast<std::size_t>(*m_metric)].empty();
}

bool HeadSheetModel::isWhole() const
{
    if (m_metric)
        return !isComputing();
    for (int layer = 0; layer < columnCount(); ++layer)
        if (m_exploration.attention(layer).empty())
            return false;
    return true;
}

HeadChoice HeadSheetModel::choiceAt(int row) const
{
    const HeadChoice& present = m_exploration.heads();
    if (row > 0)
        return {HeadFusion::Single, row - 1, {}};
    return present.fusion == HeadFusion::Single ? HeadChoice{} : HeadChoice{present.fusion, 0, present.subset};
}

int HeadSheetModel::presentRow() const
{
    const HeadChoice& present = m_exploration.heads();
    return present.fusion == HeadFusion::Single ? present.head + 1 : 0;
}

bool HeadSheetModel::isOff(int row, int layer) const
{
    return std::ranges::find(m_exploration.place().change.headsOff, LayerHead{layer, row - 1})
           != m_exploration.place().change.headsOff.end();
}

bool HeadSheetModel::isInSubset(int row) const
{
    const HeadChoice& present = m_exploration.heads();
    return row > 0 && present.fusion != HeadFusion::Single && std::ranges::count(present.subset, row - 1) > 0;
}

float HeadSheetModel::number(int row, int layer) const
{
    if (!m_metric || isComputing() || !m_trace)
        return std::numeric_limits<float>::quiet_NaN();
    const NdArray numbers = m_numbers[static_cast<std::size_t>(*m_metric)][layer];
    if (row > 0)
        return numbers.data()[row - 1];
    float sum = 0;
    for (const float value : numbers.values())
        sum += value;
    return sum / static_cast<float>(numbers.size());
}

ValueRange HeadSheetModel::numberRange() const
{
    return !m_metric || isComputing() || !m_trace ? ValueRange{}
                                                  : rangeOf(m_numbers[static_cast<std::size_t>(*m_metric)].values());
}

int HeadSheetModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() || !m_trace ? 0 : m_trace->model->heads + 1;
}

int HeadSheetModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() || !m_trace ? 0 : m_trace->layers();
}

QVariant HeadSheetModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const int row = index.row(), layer = index.column();
    switch (role) {
    case Qt::DecorationRole:
        if (!m_metric) {
            const QImage map = image(row, layer);
            return map.isNull() ? QVariant() : QVariant(map);
        }
        if (const float value = number(row, layer); std::isfinite(value)) {
            const ValueRange range = numberRange();
            return QColor(colourAt(m_exploration.display().colours, (value - range.low) / (range.high - range.low)));
        }
        return {};
    case Qt::DisplayRole:
        if (!m_metric)
            return {};
        return std::isfinite(number(row, layer)) ? QVariant(QString::number(number(row, layer), 'g', 3)) : QVariant();
    case Qt::ToolTipRole:
    case Qt::AccessibleTextRole:
        return describe(row, layer);
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(Qt::AlignCenter);
    default:
        return {};
    }
}

QVariant HeadSheetModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (role != Qt::DisplayRole && role != Qt::AccessibleTextRole)
        return {};
    if (orientation == Qt::Horizontal)
        return role == Qt::DisplayRole ? QString::number(section) : tr("layer %1").arg(section);
    if (section > 0)
        return tr("head %1").arg(section - 1);
    const HeadChoice fused = choiceAt(0);
    const QString name = fused.fusion == HeadFusion::Max ? tr("max") : fused.fusion == HeadFusion::Min ? tr("min") : tr("mean");
    return fused.subset.empty() ? name : tr("%1 of %2").arg(name).arg(fused.subset.size());
}

bool HeadSheetModel::isBehind() const
{
    return m_trace && !m_slices.areOf(m_shown.token, m_shown.direction)
           && std::ranges::any_of(m_trace->attention,
                                  [](const LayerAttention& layer) { return !layer.empty() && !layer.isWhole(); });
}

void HeadSheetModel::computeMaps()
{
    if (m_computingMaps || !isBehind())
        return;
    m_computingMaps = true;
    runInBackground(
        this,
        [trace = m_trace, token = m_shown.token, direction = m_shown.direction, stop = m_stop.get_token()] {
            TokenSlices slices{token, direction, std::vector<NdArray>(trace->attention.size())};
            for (std::size_t layer = 0; layer < slices.ofLayers.size() && !stop.stop_requested(); ++layer)
                if (const LayerAttention& attention = trace->attention[layer]; !attention.empty() && !attention.isWhole())
                    slices.ofLayers[layer] = attentionByHead(attention, token, direction);
            return stop.stop_requested() ? TokenSlices() : slices;
        },
        [this, trace = m_trace](const TokenSlices& slices) {
            m_computingMaps = false;
            if (trace == m_trace && slices.areOf(m_shown.token, m_shown.direction))
                m_slices = slices;
            // The token may be another one by now.
            if (isBehind())
                computeMaps();
            else
                forgetMaps();
        });
}

QImage HeadSheetModel::map(int row, int layer) const
{
    const std::optional<Heatmap> found = m_exploration.map(layer, choiceAt(row));
    return found ? drawn(*found) : QImage();
}

QImage HeadSheetModel::image(int row, int layer) const
{
    QImage& cached = m_images[static_cast<std::size_t>(row * columnCount() + layer)];
    const auto at = static_cast<std::size_t>(layer);
    if (isBehind())
        Q_EMIT mapsMissing();
    else if (cached.isNull() && at < m_slices.ofLayers.size() && !m_slices.ofLayers[at].empty())
        cached = drawn(m_exploration.mapOf(layer, fuseRows(m_slices.ofLayers[at], choiceAt(row))));
    else if (cached.isNull())
        cached = map(row, layer);
    return cached;
}

QImage HeadSheetModel::drawn(const Heatmap& map) const
{
    const DisplaySettings& display = m_exploration.display();
    QImage image = colourImage(map.values, map.columns, map.rows, map.range, display.colours, map.scale);
    // What does not count has no colour: it would be the scale's brightest.
    for (std::size_t i = 0; display.ignoreOutliers && i < map.marked.size(); ++i)
        if (map.marked[i])
            image.setPixel(static_cast<int>(i) % map.columns, static_cast<int>(i) / map.columns, 0);
    return image;
}

QString HeadSheetModel::describe(int row, int layer) const
{
    const QString place = tr("Layer %1, %2").arg(layer).arg(QString::fromStdString(toString(choiceAt(row))));
    if (!m_metric)
        return place + u'\n' + describeMap(row, layer);
    const float value = number(row, layer);
    const QString name = row > 0 ? toString(*m_metric) : tr("%1, mean of all heads").arg(toString(*m_metric));
    if (std::isfinite(value))
        return place + u'\n' + tr("%1: %2 %3").arg(name, formatValue(value), unitOf(*m_metric));
    return place + u'\n' + (isComputing() ? tr("being computed") : tr("not recorded: open this layer first"));
}

QString HeadSheetModel::describeMap(int row, int layer) const
{
    if (m_exploration.attention(layer).empty())
        return tr("This layer's attention was not kept: click to compute it.");
    const ModelSpec& spec = *m_trace->model;
    const std::vector<float> weights = m_exploration.weights(layer, choiceAt(row));
    const auto name = [&](int token) { return QString::fromStdString(spec.tokenName(token)); };
    const auto prefix = static_cast<std::size_t>(spec.prefixTokens());
    // As the map shows it: patches alone, and without those that are left out.
    std::vector<float> shownWeights(weights.begin() + spec.prefixTokens(), weights.end());
    const std::vector<int>& outliers = m_exploration.outlierPatches(layer);
    double inOutliers = 0;
    for (const int patch : m_shown.display.ignoreOutliers ? outliers : std::vector<int>())
        inOutliers += std::exchange(shownWeights[static_cast<std::size_t>(patch)], 0.0F);
    const auto largest = std::ranges::max_element(shownWeights);
    const int best = static_cast<int>(prefix) + static_cast<int>(largest - shownWeights.begin());
    const bool looksAt = m_exploration.direction() == Direction::LooksAt;
    QString text = (looksAt ? tr("%1 looks most at %2: %3") : tr("%1 is looked at most by %2: %3"))
                       .arg(name(m_exploration.shownToken()), name(best), formatValue(*largest));
    text += tr(" (%1 × uniform)").arg(*largest * static_cast<float>(weights.size()), 0, 'g', 3);
    if (looksAt && choiceAt(row).isDistribution()) {
        QStringList shares;
        for (std::size_t token = 0; token < prefix; ++token)
            shares += tr("%1 %2 %").arg(name(static_cast<int>(token))).arg(100.0 * weights[token], 0, 'f', 1);
        if (inOutliers > 0)
            shares += (outliers.size() == 1 ? tr("1 outlier patch") : tr("%1 outlier patches").arg(outliers.size()))
                      + tr(" %1 %").arg(100 * inOutliers, 0, 'f', 1);
        if (!shares.isEmpty())
            text += u'\n' + shares.join(QStringLiteral(", "));
        text += u'\n'
                + tr("entropy %1 of %2 nats")
                      .arg(entropy(weights), 0, 'f', 2)
                      .arg(std::log(static_cast<double>(weights.size())), 0, 'f', 2);
    }
    return text;
}

}  // namespace vitrine
