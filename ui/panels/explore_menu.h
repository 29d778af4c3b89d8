// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMenu>

namespace vitrine {

class CanvasView;
class Exploration;
class History;
class Playback;

/// What one looks at, step by step: layers, heads, methods, what is erased, and the walk that goes by itself.
class ExploreMenu : public QMenu {
    Q_OBJECT

public:
    ExploreMenu(Exploration& exploration, History& history, CanvasView& canvas, Playback& playback, QWidget* parent);

    /// Starts and ends the walk.
    QAction* play() const { return m_play; }
    /// What a right click on the canvas offers.
    QList<QAction*> ofCanvas() const { return {m_swap}; }

Q_SIGNALS:
    /// Why a method does not suit the model.
    void said(const QString& why);
    void findClassRequested();
    /// Escape.
    void stepBackRequested();

private:
    void addSteps();
    void addMethods(QMenu* menu);
    void addErasing();
    void addErasures(QMenu* menu);
    void addWalk();

    Exploration& m_exploration;
    CanvasView& m_canvas;
    Playback& m_playback;
    QAction* m_play;
    QAction* m_swap = nullptr;
};

}  // namespace vitrine
