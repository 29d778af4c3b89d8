// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTimer>
#include <QWidget>

#include <array>

#include "ui/figure/figure.h"
#include "ui/session/exploration_link.h"
#include "ui/views/canvas/canvas_view.h"

class QAction;
class QComboBox;
class QLabel;
class QSpinBox;
class QSplitter;
class QStackedWidget;

namespace vitrine {

class ColourKey;
class DifferenceView;

/// One side of a comparison: whose map it is, its layer and heads, the canvas and its colour bar.
class ComparePane : public QWidget {
    Q_OBJECT

public:
    explicit ComparePane(Exploration& exploration, QWidget* parent = nullptr);

    CanvasView& canvas() { return *m_canvas; }
    const CanvasView& canvas() const { return *m_canvas; }
    /// "vit · cat.png": what stands above the canvas.
    void setPictureName(const QString& name);

private:
    void takeTrace();
    void takePlace();

    Exploration& m_exploration;
    QLabel* m_title;
    QSpinBox* m_layer;
    QComboBox* m_heads;
    CanvasView* m_canvas;
    ColourKey* m_key;
    QString m_pictureName;
};

/// Two panes side by side, each with an exploration of its own: two models, layers, heads or pictures. Linked cursor,
/// query, direction and layer step (Y), one scale, the difference of the maps (D), the second map in place of the first
/// while B is held, or in turns (Shift+B).
class CompareView : public QWidget {
    Q_OBJECT

public:
    CompareView(Exploration& first, Exploration& second, QWidget* parent = nullptr);

    enum Side { First, Second };
    void setPicture(Side side, const Image& picture, const QString& name);
    ComparePane& pane(Side side) { return *m_panes[side]; }
    ExplorationLink& link() { return m_link; }

    QAction* linkAction() const { return m_linkAction; }
    QAction* scaleAction() const { return m_scaleAction; }
    QAction* differenceAction() const { return m_differenceAction; }
    QAction* blinkAction() const { return m_blinkAction; }
    /// The second map is shown in the first one's place.
    bool isSwapped() const;

    /// What is shown, side by side.
    Figure figure() const;

protected:
    void keyPressEvent(QKeyEvent* event) override;
    void keyReleaseEvent(QKeyEvent* event) override;
    void hideEvent(QHideEvent* event) override;

private:
    QAction* addToggle(const QString& text, const QString& toolTip, const QKeySequence& key);
    void setSwapped(bool swapped);

    Exploration& m_first;
    Exploration& m_second;
    ExplorationLink m_link;
    std::array<ComparePane*, 2> m_panes;
    ComparePane* m_overlay;  ///< the second side once more, in the first one's place
    QStackedWidget* m_stack;
    QSplitter* m_splitter;
    QWidget* m_differencePane;
    DifferenceView* m_difference;
    QLabel* m_readout;
    QTimer m_blink;
    QAction* m_linkAction;
    QAction* m_scaleAction;
    QAction* m_differenceAction;
    QAction* m_blinkAction;
};

} // namespace vitrine
