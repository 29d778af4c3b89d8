// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonObject>
#include <QObject>

#include <optional>
#include <utility>
#include <vector>

#include "ui/panels/view_entry.h"

namespace vitrine {

class BusySigns;
class CanvasPanel;
class Exploration;
class FigurePage;
class Image;
class InsidePage;
class MethodSheetView;
class Navigator;
class PositionsView;
class SideBySide;
class SidePanel;
class StatisticsView;
class Supply;
class Workspace;
struct LoadedModel;

/// The views of the window: builds them and the workspace that they lie in, shows one by its name, knows which one is used.
class Pages : public QObject {
    Q_OBJECT

public:
    /// `pictures`: what lies at the left.
    Pages(Exploration& exploration, SideBySide& compare, QWidget* pictures, QWidget* window);

    Workspace& workspace() { return *m_workspace; }
    CanvasPanel& canvas() { return *m_canvas; }
    SidePanel& side() { return *m_side; }
    FigurePage& figure() { return *m_figure; }
    const std::vector<ViewEntry>& views() const { return m_views; }

    /// Raises a view; false when there is none of this name, or the model has none.
    bool show(const QString& name);
    bool isShown(const QString& name) const;
    /// The one that has the focus, else the page.
    const ViewEntry& current() const;
    void focusNext(int by);
    void findClass();

    void setPicture(const Image& image, const QString& name);
    void setModel(const LoadedModel& model);
    /// Maps that views wait for come from there.
    void connectTo(Supply& supply);
    void addVeils(BusySigns& signs);
    /// No map is waited for any more.
    void stop();

    /// What a session keeps of the views.
    QJsonObject state() const;
    void restore(const QJsonObject& state);

Q_SIGNALS:
    void pageChanged();

private:
    void build();
    void connectViews();
    void takePage(const QString& name);
    /// A patch opens in a layer that tells its pixels apart; outside, one is where one was.
    void turnLayer(bool inside);

    Exploration& m_exploration;
    SideBySide& m_compare;
    CanvasPanel* m_canvas;
    SidePanel* m_side;
    Navigator* m_navigator;
    InsidePage* m_inside = nullptr;
    PositionsView* m_positions = nullptr;
    StatisticsView* m_statistics = nullptr;
    FigurePage* m_figure = nullptr;
    std::vector<MethodSheetView*> m_sheets;  ///< of methods: the one beside the picture, the page
    std::vector<ViewEntry> m_views;
    Workspace* m_workspace;
    bool m_sideAway = false;                      ///< the page that is shown took its room
    std::optional<std::pair<int, int>> m_turned;  ///< the layer before, and the one that was chosen for the page Inside
};

}  // namespace vitrine
