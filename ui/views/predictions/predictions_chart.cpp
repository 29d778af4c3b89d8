// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/predictions/predictions_chart.h"

#include <QBarSet>
#include <QGraphicsLayout>
#include <QLegend>
#include <QValueAxis>

#include <algorithm>

#include "ui/views/parts/view_style.h"

namespace vitrine {

namespace {

constexpr qreal columnGap = 10;
constexpr qreal barInset = 5;
constexpr double barPart = 0.58;  ///< of a row's height

QValueAxis* addHiddenAxis(QChart& chart, QAbstractSeries& series, Qt::Alignment side)
{
    auto* axis = new QValueAxis(&chart);
    axis->setVisible(false);
    chart.addAxis(axis, side);
    series.attachAxis(axis);
    return axis;
}

}  // namespace

PredictionsChart::PredictionsChart(const PredictionsModel& model, const QPalette& palette, QGraphicsItem* parent)
    : QChart(QChart::ChartTypeCartesian, parent, {})
    , m_model(model)
    , m_palette(palette)
    , m_series(new QHorizontalBarSeries(this))
    , m_mapper(new QVBarModelMapper(this))
{
    setAnimationOptions(QChart::NoAnimation);
    setBackgroundVisible(false);
    setMargins({});
    layout()->setContentsMargins(0, 0, 0, 0);
    legend()->hide();

    m_reversed.setSourceModel(const_cast<PredictionsModel*>(&model));
    m_reversed.sort(PredictionsModel::RankColumn, Qt::DescendingOrder);
    m_series->setBarWidth(barPart);
    m_mapper->setSeries(m_series);
    m_mapper->setModel(&m_reversed);
    m_mapper->setFirstBarSetColumn(PredictionsModel::ProbabilityColumn);
    m_mapper->setLastBarSetColumn(PredictionsModel::ProbabilityColumn);
    addSeries(m_series);
    addHiddenAxis(*this, *m_series, Qt::AlignBottom)->setRange(0, 1);
    addHiddenAxis(*this, *m_series, Qt::AlignLeft);
    // After the mapper's own connection: it makes new bar sets when the model is reset.
    connect(&m_reversed, &QAbstractItemModel::modelReset, this, &PredictionsChart::arrange);
    arrange();
}

qreal PredictionsChart::heightFor(int rows, const QFontMetricsF& metrics)
{
    return std::max(rows, 1) * std::ceil(metrics.height() * 1.35);
}

void PredictionsChart::setColours(const QPalette& palette)
{
    m_palette = palette;
    colourBars();
    update();
}

void PredictionsChart::setChosenClass(std::optional<int> classIndex)
{
    if (classIndex == m_chosen)
        return;
    m_chosen = classIndex;
    colourBars();
    update();
}

void PredictionsChart::setCurrentRow(int row, bool focused)
{
    if (row == m_current && focused == m_focused)
        return;
    m_current = row;
    m_focused = focused;
    update();
}

QRectF PredictionsChart::rowRect(int row) const
{
    const int rows = std::max(1, m_model.rowCount());
    const qreal height = size().height() / rows;
    return {0, row * height, size().width(), height};
}

std::optional<int> PredictionsChart::rowAt(const QPointF& position) const
{
    for (int row = 0; row < m_model.rowCount(); ++row)
        if (rowRect(row).contains(position))
            return row;
    return std::nullopt;
}

void PredictionsChart::resizeEvent(QGraphicsSceneResizeEvent* event)
{
    QChart::resizeEvent(event);
    arrange();
}

void PredictionsChart::arrange()
{
    QFont bold = font();
    bold.setBold(true);
    const QFontMetricsF metrics(bold);
    qreal names = 0, percent = metrics.horizontalAdvance(QStringLiteral("< 0.01 %"));
    for (int row = 0; row < m_model.rowCount(); ++row) {
        names = std::max(names, metrics.horizontalAdvance(m_model.className(m_model.prediction(row).index)));
        percent = std::max(percent, metrics.horizontalAdvance(percentText(m_model.prediction(row))));
    }
    // The numbers are never cut; a narrow view shortens the names.
    constexpr qreal shortestBar = 16;
    const qreal others = std::ceil(percent) + 2 * columnGap + 2 * barInset;
    names = std::min({std::ceil(names), size().width() * 0.42, std::max(0.0, size().width() - others - shortestBar)});
    setPlotArea({barInset + names + columnGap, 0, std::max(shortestBar, size().width() - others - names), size().height()});
    const QList<QAbstractAxis*> vertical = axes(Qt::Vertical, m_series);
    if (!vertical.isEmpty())
        vertical.first()->setRange(-0.5, std::max(1, m_model.rowCount()) - 0.5);
    colourBars();
    update();
}

void PredictionsChart::colourBars()
{
    const QColor accent = m_palette.color(QPalette::Highlight);
    for (QBarSet* bars : m_series->barSets()) {
        bars->setPen(Qt::NoPen);
        bars->setBrush(m_chosen ? mixed(m_palette.color(QPalette::Window), accent, 0.55) : accent);
        bars->setSelectedColor(accent);
        bars->deselectAllBars();
        const std::optional<int> rank = m_chosen ? m_model.rankOf(*m_chosen) : std::nullopt;
        if (rank && *rank < m_model.rowCount())
            bars->selectBar(m_model.rowCount() - 1 - *rank);
    }
}

QString PredictionsChart::percentText(const Prediction& prediction) const
{
    const QString now = formatPercent(prediction.probability);
    const std::optional<float> before = m_model.before(prediction.index);
    return before ? formatPercent(*before) + QStringLiteral(" → ") + now : now;
}

void PredictionsChart::paint(QPainter* painter, const QStyleOptionGraphicsItem* option, QWidget* widget)
{
    QChart::paint(painter, option, widget);
    painter->setRenderHint(QPainter::Antialiasing);
    const QRectF plot = plotArea();
    for (int row = 0; row < m_model.rowCount(); ++row) {
        const QRectF line = rowRect(row);
        const Prediction& shown = m_model.prediction(row);
        if (row == m_current) {
            painter->setPen(Qt::NoPen);
            painter->setBrush(trackColour(m_palette));
            painter->drawRoundedRect(line, 3, 3);
        }
        painter->setPen(Qt::NoPen);
        painter->setBrush(
            mixed(m_palette.color(QPalette::Window), m_palette.color(QPalette::WindowText), row == m_current ? 0.2 : 0.09));
        const qreal bar = line.height() * barPart;
        painter->drawRoundedRect(QRectF(plot.left(), line.center().y() - bar / 2, plot.width(), bar), 2, 2);

        QFont text = font();
        text.setBold(m_chosen == shown.index);
        painter->setFont(text);
        painter->setPen(m_palette.color(QPalette::WindowText));
        const QRectF name(line.left() + barInset, line.top(), plot.left() - columnGap - barInset, line.height());
        painter->drawText(name, Qt::AlignLeft | Qt::AlignVCenter,
                          QFontMetricsF(text).elidedText(m_model.className(shown.index), Qt::ElideRight, name.width()));
        painter->setPen(quietText(m_palette));
        painter->drawText(QRectF(plot.right(), line.top(), line.right() - barInset - plot.right(), line.height()),
                          Qt::AlignRight | Qt::AlignVCenter, percentText(shown));
        if (const std::optional<float> before = m_model.before(shown.index)) {
            const qreal x = plot.left() + plot.width() * std::clamp<double>(*before, 0, 1);
            painter->setPen(QPen(m_palette.color(QPalette::WindowText), 2));
            painter->drawLine(QPointF(x, line.center().y() - bar / 2 - 2), QPointF(x, line.center().y() + bar / 2 + 2));
        }
        if (row == m_current && m_focused)
            paintFocusRing(*painter, line, m_palette);
    }
}

}  // namespace vitrine
