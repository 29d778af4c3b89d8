// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/positions/positions_view.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QSignalBlocker>
#include <QVBoxLayout>

#include "core/explain/embeddings.h"
#include "ui/figure/figure_text.h"
#include "ui/session/background.h"
#include "ui/views/parts/colour_key.h"
#include "ui/views/positions/position_tiles_widget.h"
#include "ui/views/parts/view_parts.h"
#include "ui/views/parts/view_style.h"

namespace vitrine {

namespace {

QString captionFor(PositionGrid grid)
{
    if (grid == PositionGrid::Inner)
        return PositionsView::tr("Tile (r, c): how similar the embedding of the inner token (r, c) of a patch is to every "
                                 "other, cos(p, p′) = p · p′ / (‖p‖ ‖p′‖).");
    return PositionsView::tr("Tile (r, c): how similar the position embedding of patch (r, c) is to every other, "
                             "cos(p, p′) = p · p′ / (‖p‖ ‖p′‖).");
}

}  // namespace

PositionsView::PositionsView(Exploration& exploration, QWidget* parent)
    : QWidget(parent)
    , m_exploration(exploration)
    , m_choice(makeChoice(tr("Which positions"),
                          tr("The grid of this input, the grid in the file, or the pixels inside a patch"), this))
    , m_note(makeCaption({}, this))
    , m_widget(new PositionTilesWidget(exploration, this))
    , m_key(new ColourKey(this))
    , m_readout(makeReadout(this))
    , m_caption(makeCaption({}, this))
{
    setAccessibleName(tr("Position embeddings"));
    auto* top = new QHBoxLayout;
    top->addWidget(m_choice);
    top->addWidget(m_note, 1);
    auto* row = new QHBoxLayout;
    row->addWidget(m_widget, 1);
    row->addWidget(m_key);
    auto* layout = new QVBoxLayout(this);
    layout->addLayout(top);
    layout->addLayout(row, 1);
    layout->addWidget(m_readout);
    layout->addWidget(m_caption);
    hideWhenLow(this, m_caption, 330);
    setFocusProxy(m_widget);

    connect(m_choice, &QComboBox::currentIndexChanged, this, &PositionsView::showGrid);
    connect(m_widget, &PositionTilesWidget::pointed, this, &PositionsView::point);
    connect(&m_exploration, &Exploration::displayChanged, this, [this] {
        const PositionTiles& tiles = m_widget->tiles();
        if (!tiles.empty())
            m_key->setScale(tiles.range(), tiles.coloursFor(m_exploration.display().colours), tr("cosine"));
    });
    fillChoices();
}

void PositionsView::setPositions(PositionEmbeddings positions, std::shared_ptr<const ModelSpec> model)
{
    m_positions = std::move(positions);
    m_model = std::move(model);
    m_tiles = {};
    ++m_generation;
    fillChoices();
}

NdArray PositionsView::rowsOf(PositionGrid grid) const
{
    switch (grid) {
    case PositionGrid::Present:
        return m_positions.resampled;
    case PositionGrid::Trained:
        return m_positions.trained;
    case PositionGrid::Inner:
        break;
    }
    return m_positions.inner;
}

QSize PositionsView::sizeOf(PositionGrid grid) const
{
    switch (grid) {
    case PositionGrid::Present:
        return {m_model->gridWidth(), m_model->gridHeight()};
    case PositionGrid::Trained:
        return {m_positions.trainedWidth, m_positions.trainedHeight};
    case PositionGrid::Inner:
        break;
    }
    return {m_model->inner.side, m_model->inner.side};
}

void PositionsView::fillChoices()
{
    const QSignalBlocker blocker(m_choice);
    const QVariant before = m_choice->currentData();
    m_choice->clear();
    const auto add = [&](PositionGrid grid, const QString& name) {
        if (!m_model || rowsOf(grid).empty())
            return;
        const QSize size = sizeOf(grid);
        m_choice->addItem(tr("%1 (%2 × %3)").arg(name).arg(size.height()).arg(size.width()), static_cast<int>(grid));
    };
    add(PositionGrid::Present, tr("this grid"));
    if (m_model && sizeOf(PositionGrid::Trained) != sizeOf(PositionGrid::Present))
        add(PositionGrid::Trained, tr("as trained"));
    add(PositionGrid::Inner, tr("inside a patch"));
    m_choice->setCurrentIndex(std::max(0, m_choice->findData(before)));
    m_choice->setVisible(m_choice->count() > 0);
    showGrid();
}

PositionGrid PositionsView::grid() const
{
    return static_cast<PositionGrid>(m_choice->currentData().toInt());
}

void PositionsView::setGrid(PositionGrid grid)
{
    m_choice->setCurrentIndex(std::max(0, m_choice->findData(static_cast<int>(grid))));
}

void PositionsView::showGrid()
{
    const PositionGrid shown = grid();
    m_caption->setText(captionFor(shown));
    m_readout->clear();
    const bool any = m_choice->count() > 0;
    if (!any || !m_tiles[static_cast<std::size_t>(shown)].empty()) {
        showTiles();
        return;
    }
    m_widget->setTiles({}, PositionTilesWidget::Link::None, tr("Being computed …"));
    m_key->hide();
    // 37 x 37 positions of a large model are a gigaflop.
    runInBackground(
        this, [rows = rowsOf(shown)] { return cosineSimilarity(rows); },
        [this, shown, generation = m_generation](const NdArray& similarity) {
            if (generation != m_generation)
                return;
            const QSize size = sizeOf(shown);
            m_tiles[static_cast<std::size_t>(shown)] = PositionTiles(similarity, size.height(), size.width());
            if (shown == grid())
                showTiles();
        });
}

void PositionsView::showTiles()
{
    using Link = PositionTilesWidget::Link;
    const PositionGrid shown = grid();
    const bool any = m_choice->count() > 0;
    const Link link = shown == PositionGrid::Present ? Link::Patches
                      : shown == PositionGrid::Inner ? Link::InnerTokens
                                                     : Link::None;
    const PositionTiles tiles = any ? m_tiles[static_cast<std::size_t>(shown)] : PositionTiles();
    m_key->setVisible(any);
    m_key->setScale(tiles.range(), tiles.coloursFor(m_exploration.display().colours), tr("cosine"));
    const bool resampled = shown == PositionGrid::Present && m_model && sizeOf(shown) != sizeOf(PositionGrid::Trained);
    m_note->setText(!any        ? QString()
                    : resampled ? tr("resampled from the trained grid · one scale")
                                : tr("one scale for all tiles"));
    m_widget->setTiles(tiles, link,
                       m_model ? tr("This model adds no learned position embeddings.")
                               : tr("Load a model: the similarity of its position embeddings appears here."));
}

void PositionsView::point(std::optional<PositionTiles::Place> place)
{
    const PositionTiles& tiles = m_widget->tiles();
    if (!place || tiles.empty()) {
        m_readout->clear();
        return;
    }
    const auto name = [&](int index) {
        return QStringLiteral("%1, %2").arg(index / tiles.columns()).arg(index % tiles.columns());
    };
    const QString kind = grid() == PositionGrid::Inner ? tr("inner token") : tr("position");
    m_readout->setText(
        tr("%1 %2 and %3: cosine %4")
            .arg(kind, name(place->tile), name(place->cell), formatValue(tiles.similarity(place->tile, place->cell))));
}

QJsonValue PositionsView::state() const
{
    return m_choice->currentText();
}

void PositionsView::restore(const QJsonValue& state)
{
    choose(*m_choice, state);
}

Figure PositionsView::figure() const
{
    Figure result;
    result.title = tr("Position embeddings");
    const PositionTiles tiles = m_widget->tiles();
    if (tiles.empty())
        return result;
    result.size = {650, 520.0 * tiles.rows() / tiles.columns() + 20};
    result.paint = [tiles, colours = m_exploration.display().colours](QPainter& painter) {
        const QRectF target(10, 10, 520, 520.0 * tiles.rows() / tiles.columns());
        painter.setFont(labelFont(figureTextSize));
        paintCells(painter, target, resampledCells(tiles.sheet(colours), (target.size() * 2).toSize()), true);
        paintColourBar(painter, QRectF(546, 10, 12, target.height()), tiles.range(), tiles.coloursFor(colours), Qt::black);
    };
    result.numbers = {{"cosine_similarity", tiles.values()}};
    result.metadata = {{tr("Model"), QString::fromStdString(m_model->name)}, {tr("Positions"), m_choice->currentText()}};
    addAssumptions(result, m_model->assumed);
    return result;
}

}  // namespace vitrine
