// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonValue>
#include <QWidget>

#include <array>

#include "core/trace/engine.h"
#include "ui/figure/figure.h"
#include "ui/session/exploration.h"
#include "ui/views/positions/position_tiles.h"

class QComboBox;
class QLabel;

namespace vitrine {

class ColourKey;
class PositionTilesWidget;

/// Which position embeddings a view shows.
enum class PositionGrid {
    Present,  ///< resampled to the grid of the input
    Trained,  ///< as in the file
    Inner,    ///< of the pixels inside a patch (TNT)
};

/// Cosine similarity of position embeddings as a grid of tiles (ViT paper, figure 7), linked with the patches.
class PositionsView : public QWidget {
    Q_OBJECT

public:
    explicit PositionsView(Exploration& exploration, QWidget* parent = nullptr);

    /// Of the model that is loaded now; its spec tells the present grid.
    void setPositions(PositionEmbeddings positions, std::shared_ptr<const ModelSpec> model);
    PositionGrid grid() const;
    void setGrid(PositionGrid grid);

    Figure figure() const;

    /// As a session keeps it.
    QJsonValue state() const;
    void restore(const QJsonValue& state);

private:
    void fillChoices();
    void showGrid();
    void showTiles();
    void point(std::optional<PositionTiles::Place> place);
    NdArray rowsOf(PositionGrid grid) const;
    QSize sizeOf(PositionGrid grid) const;

    Exploration& m_exploration;
    PositionEmbeddings m_positions;
    std::shared_ptr<const ModelSpec> m_model;
    std::array<PositionTiles, 3> m_tiles;  ///< by PositionGrid; empty until they are computed
    int m_generation = 0;                  ///< counts models: late results of an older one are dropped
    QComboBox* m_choice;
    QLabel* m_note;
    PositionTilesWidget* m_widget;
    ColourKey* m_key;
    QLabel* m_readout;
    QLabel* m_caption;
};

}  // namespace vitrine
