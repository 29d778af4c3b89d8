// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

#include <optional>

#include "ui/session/exploration.h"

namespace vitrine {

/// The token of `to` that stands for `token` of `from`: prefix tokens by name, patches by their place in the grid (the
/// same index where the grids agree, else the patch over the same relative position). Nothing without a counterpart.
std::optional<int> counterpart(int token, const ModelSpec& from, const ModelSpec& to);

/// first - second over the patch grid, with a range symmetric around 0. Nothing when a map is missing or the grids differ.
std::optional<Heatmap> differenceMap(const Exploration& first, const Exploration& second);

/// Keeps two panes together: what is hovered and pinned, direction, colours and scale; layers keep their distance, so
/// that two layers of one model can be compared. GUI thread only; both explorations outlive it.
class ExplorationLink : public QObject {
    Q_OBJECT

public:
    ExplorationLink(Exploration& first, Exploration& second, QObject* parent = nullptr);

    /// Off leaves both where they are; on takes the present distance between the layers and the first pane's query.
    void setLinked(bool linked);
    bool isLinked() const { return m_linked; }

    /// One range for the maps of both panes: what covers the ranges they have by themselves.
    void setSharedScale(bool shared);
    bool hasSharedScale() const { return m_sharedScale; }

private:
    void follow(const Exploration& from, Exploration& to, int layerOffset);
    void followHover(const Exploration& from, Exploration& to);
    void followDisplay(const Exploration& from, Exploration& to);
    void shareScale();

    Exploration& m_first;
    Exploration& m_second;
    bool m_linked = false;
    bool m_sharedScale = false;
    bool m_following = false;  ///< a change of ours is under way
    int m_layerOffset = 0;     ///< second - first
};

}  // namespace vitrine
