// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/heads/head_sheet_view.h"

#include <algorithm>
#include <cmath>

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QStackedWidget>
#include <QVBoxLayout>

#include "ui/figure/figure_text.h"
#include "ui/views/parts/colour_key.h"
#include "ui/views/heads/head_sheet_table.h"
#include "ui/views/parts/view_parts.h"
#include "ui/views/parts/view_style.h"

namespace vitrine {

namespace {

constexpr int maps = -1;

QString captionFor(std::optional<HeadMetric> metric)
{
    if (!metric)
        return HeadSheetView::tr(
            "One row or column of softmax(q kᵀ / √d) for each layer and head: the shown token over "
            "all patches. Click opens a head, Ctrl+click adds it to the heads that are fused, Alt+click switches it off.");
    switch (*metric) {
    case HeadMetric::MeanDistance:
        return HeadSheetView::tr(
            "How far heads look: the mean over all patches i of Σⱼ aᵢⱼ ‖xᵢ − xⱼ‖, in pixels of the input.");
    case HeadMetric::Entropy:
        return HeadSheetView::tr(
            "How widely heads look: the mean over all queries of −Σⱼ aᵢⱼ ln aᵢⱼ; ln T when all T tokens weigh the same.");
    case HeadMetric::AttentionToCls:
        return HeadSheetView::tr("The mean weight aᵢ,CLS that patches i give to CLS.");
    case HeadMetric::SelfAttention:
        return HeadSheetView::tr("The mean weight aᵢᵢ that patches i give to themselves.");
    }
    return {};
}

}  // namespace

HeadSheetView::HeadSheetView(Exploration& exploration, Form form, QWidget* parent)
    : QWidget(parent)
    , m_exploration(exploration)
    , m_model(exploration)
    , m_colourBy(makeChoice(tr("What the cells show"), tr("Maps of the shown token, or one number for each head"), this))
    , m_note(makeCaption({}, this))
    , m_pages(new QStackedWidget(this))
    , m_table(new HeadSheetTable(m_model, this))
    , m_key(new ColourKey(this))
    , m_readout(makeReadout(this))
    , m_caption(makeCaption({}, this))
{
    setAccessibleName(tr("Heads"));
    m_colourBy->addItem(tr("maps"), maps);
    for (const HeadMetric metric : headMetrics)
        m_colourBy->addItem(toString(metric), static_cast<int>(metric));

    auto* top = new QHBoxLayout;
    top->addWidget(m_colourBy);
    top->addWidget(m_note, 1);
    auto* sheet = new QWidget(this);
    auto* row = new QHBoxLayout(sheet);
    row->setContentsMargins(0, 0, 0, 0);
    row->addWidget(m_table, 1);
    row->addWidget(m_key);
    QLabel* const empty = makeCaption(
        tr("Every layer and head appears here as a small map once a picture has run through a model."), this);
    empty->setAlignment(Qt::AlignCenter);
    empty->setMargin(16);
    m_pages->addWidget(empty);
    m_pages->addWidget(sheet);
    auto* layout = new QVBoxLayout(this);
    layout->addLayout(top);
    layout->addWidget(m_pages, 1);
    layout->addWidget(m_readout);
    layout->addWidget(m_caption);
    hideWhenLow(this, m_caption, 340);
    if (form == Form::Navigator) {
        setAccessibleName(tr("Heads, small"));
        layout->setContentsMargins(4, 0, 4, 0);
        layout->setSpacing(0);
        for (QWidget* part : {static_cast<QWidget*>(m_colourBy), static_cast<QWidget*>(m_note),
                              static_cast<QWidget*>(m_readout), static_cast<QWidget*>(m_caption)})
            part->hide();
        m_table->setMinimumHeight(40);
        m_table->setSmallestCell(21);
    }
    setFocusProxy(m_table);

    connect(m_colourBy, &QComboBox::currentIndexChanged, this, [this] {
        const int chosen = m_colourBy->currentData().toInt();
        m_model.setMetric(chosen == maps ? std::nullopt : std::optional(static_cast<HeadMetric>(chosen)));
        takeColours();
    });
    connect(m_table, &HeadSheetTable::opened, this, &HeadSheetView::open);
    connect(m_table, &HeadSheetTable::subsetToggled, this, &HeadSheetView::toggleSubset);
    connect(m_table, &HeadSheetTable::meanToggled, this, &HeadSheetView::toggleMean);
    connect(m_table, &HeadSheetTable::switched, this, &HeadSheetView::switchHead);
    connect(m_table, &HeadSheetTable::pointed, this, &HeadSheetView::point);
    connect(&m_model, &HeadSheetModel::numbersReady, this, &HeadSheetView::takeColours);
    connect(&m_model, &QAbstractItemModel::dataChanged, this, [this] { point(m_pointed); });
    connect(&m_exploration, &Exploration::traceChanged, this, &HeadSheetView::takeTrace);
    connect(&m_exploration, &Exploration::placeChanged, this, &HeadSheetView::takePlace);
    connect(&m_exploration, &Exploration::displayChanged, this, &HeadSheetView::takeColours);
    takeTrace();
}

HeadSheetView::~HeadSheetView()
{
    // Child widgets live longer than members, and the table asks its model until it is gone.
    delete m_table;
}

void HeadSheetView::takeTrace()
{
    m_pages->setCurrentIndex(m_exploration.trace() ? 1 : 0);
    m_colourBy->setEnabled(m_exploration.trace() != nullptr);
    takePlace();
    takeColours();
}

void HeadSheetView::takePlace()
{
    if (m_exploration.trace())
        m_table->showPlace(m_model.presentRow(), m_exploration.layer());
    point(m_pointed);
}

void HeadSheetView::takeColours()
{
    const DisplaySettings& display = m_exploration.display();
    const std::optional<HeadMetric> metric = m_model.metric();
    m_caption->setText(captionFor(metric));
    if (!m_exploration.trace()) {
        m_note->clear();
    } else if (metric) {
        m_note->setText(m_model.isComputing() ? tr("being computed …")
                                              : tr("%1, one scale for all heads").arg(unitOf(*metric)));
        m_key->setScale(m_model.numberRange(), display.colours, unitOf(*metric));
    } else if (display.range || display.sharedScale) {
        m_note->setText(tr("one scale for all maps"));
        const std::optional<Heatmap> map = m_exploration.map();
        m_key->setScale(map ? map->range : ValueRange{}, display.colours, tr("weight"), map ? map->scale : ColourScale::Linear);
    } else {
        m_note->setText(display.logarithmic ? tr("each map up to its own largest weight, logarithmic")
                                            : tr("each map from 0 to its own largest weight"));
    }
    m_key->setVisible(m_exploration.trace() && (metric || display.range || display.sharedScale));
}

void HeadSheetView::open(int row, int layer)
{
    Place place = m_exploration.place();
    place.layer = layer;
    place.heads = m_model.choiceAt(row);
    m_exploration.setPlace(place);
}

void HeadSheetView::switchHead(int head, int layer)
{
    WhatIf change = m_exploration.place().change;
    if (std::erase(change.headsOff, LayerHead{layer, head}) == 0)
        change.headsOff.push_back({layer, head});
    m_exploration.setChange(change);
}

void HeadSheetView::toggleSubset(int head)
{
    HeadChoice heads = m_exploration.heads();
    if (heads.fusion == HeadFusion::Single)
        heads = {HeadFusion::Mean, heads.head, {}};
    if (std::erase(heads.subset, head) == 0) {
        heads.subset.push_back(head);
        std::ranges::sort(heads.subset);
    }
    m_exploration.setHeads(heads);
}

void HeadSheetView::toggleMean()
{
    HeadChoice heads = m_exploration.heads();
    heads.fusion = heads.fusion == HeadFusion::Single ? HeadFusion::Mean : HeadFusion::Single;
    m_exploration.setHeads(heads);
}

void HeadSheetView::point(const QModelIndex& cell)
{
    m_pointed = cell;
    // Without a mouse the line tells about the present cell.
    const QModelIndex shown = cell.isValid() ? cell : m_table->currentIndex();
    const QString text = shown.data(Qt::ToolTipRole).toString();
    m_readout->setText(QString(text).replace(u'\n', QStringLiteral(" · ")));
}

std::vector<NamedArray> HeadSheetView::numbers() const
{
    const Trace& trace = *m_exploration.trace();
    const std::int64_t layers = trace.layers(), heads = trace.model->heads;
    if (m_model.metric()) {
        std::vector<float> values;
        for (int layer = 0; layer < layers; ++layer)
            for (int head = 0; head < heads; ++head)
                values.push_back(m_model.number(head + 1, layer));
        return {{"head_metric", NdArray({layers, heads}, std::move(values))}};
    }
    std::vector<float> values;
    for (int layer = 0; layer < layers; ++layer)
        for (int head = 0; head < heads; ++head) {
            const std::optional<Heatmap> map = m_exploration.map(layer, {HeadFusion::Single, head, {}});
            const std::vector<float> missing(static_cast<std::size_t>(trace.model->patches()), NAN);
            const std::vector<float>& cells = map ? map->values : missing;
            values.insert(values.end(), cells.begin(), cells.end());
        }
    return {{"maps", NdArray({layers, heads, trace.model->gridHeight(), trace.model->gridWidth()}, std::move(values))}};
}

QJsonValue HeadSheetView::state() const
{
    return m_colourBy->currentText();
}

void HeadSheetView::restore(const QJsonValue& state)
{
    choose(*m_colourBy, state);
}

Figure HeadSheetView::figure() const
{
    Figure result;
    result.title = tr("Heads");
    if (!m_exploration.trace())
        return result;
    constexpr double cell = 52, left = 84, top = 28;
    const int rows = m_model.rowCount(), columns = m_model.columnCount();
    struct Cell {
        QVariant decoration;
        QString number;
    };
    std::vector<Cell> cells;
    QStringList names;
    for (int row = 0; row < rows; ++row) {
        names.append(m_model.headerData(row, Qt::Vertical).toString());
        for (int column = 0; column < columns; ++column) {
            const QModelIndex index = m_model.index(row, column);
            const QImage map = m_model.metric() ? QImage() : m_model.map(row, column);
            cells.push_back({map.isNull() ? index.data(Qt::DecorationRole) : QVariant(map), index.data().toString()});
        }
    }
    const std::optional<HeadMetric> metric = m_model.metric();
    const double keyWidth = metric ? 110 : 8;
    result.size = {left + columns * cell + keyWidth, top + rows * cell + 8};
    result.paint = [=, colours = figurePalette(), range = m_model.numberRange(),
                    map = m_exploration.display().colours](QPainter& painter) {
        painter.setFont(labelFont(figureTextSize));
        for (int column = 0; column < columns; ++column)
            painter.drawText(QRectF(left + column * cell, 0, cell, top), Qt::AlignCenter, QString::number(column));
        for (int row = 0; row < rows; ++row) {
            painter.setPen(Qt::black);
            painter.drawText(QRectF(0, top + row * cell, left - 8, cell), Qt::AlignRight | Qt::AlignVCenter, names[row]);
            for (int column = 0; column < columns; ++column) {
                const Cell& shown = cells[static_cast<std::size_t>(row * columns + column)];
                paintHeadCell(painter, QRectF(left + column * cell, top + row * cell, cell, cell), shown.decoration,
                              shown.number, colours);
            }
        }
        if (metric)
            paintColourBar(painter, QRectF(left + columns * cell + 14, top + 4, 12, rows * cell - 8), range, map, Qt::black);
    };
    result.numbers = numbers();
    result.isWhole = m_model.isWhole();
    result.table = [numbers = std::get<NdArray>(result.numbers.front().values)] {
        return longTable(numbers, numbers.rank() == 2 ? std::vector<std::string>{"layer", "head"}
                                                      : std::vector<std::string>{"layer", "head", "row", "column"});
    };
    describeFigure(result, m_exploration);
    result.metadata.emplace_back(tr("Cells"), metric ? toString(*metric) : tr("maps"));
    return result;
}

}  // namespace vitrine
