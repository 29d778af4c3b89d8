// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonValue>
#include <QTimer>
#include <QWidget>

#include <array>

#include "ui/figure/figure.h"
#include "ui/session/exploration_link.h"
#include "ui/views/canvas/canvas_view.h"

class QAbstractItemModel;
class QAction;
class QComboBox;
class QLabel;
class QSpinBox;
class QSplitter;
class QStackedWidget;
class QTabBar;

namespace vitrine {

class ColourKey;
class CompareStatistics;
class DifferenceView;
class InnerView;

/// One side of a comparison: its model, picture, layer and heads, the canvas, its colour bar and what the model sees.
class ComparePane : public QWidget {
    Q_OBJECT

public:
    /// `letter`: what the numbers of both sides call it.
    ComparePane(Exploration& exploration, const QString& letter, QWidget* parent = nullptr);

    CanvasView& canvas() { return *m_canvas; }
    const CanvasView& canvas() const { return *m_canvas; }
    /// "A · vit · cat.png": what stands above the canvas.
    void setPictureName(const QString& name);
    /// What can be chosen: titles and what loads them; the rows of a list of pictures. Empty: no choice is shown.
    void offerModels(const QList<std::pair<QString, QString>>& titlesAndNames);
    void offerPictures(QAbstractItemModel* pictures);
    void showModel(const QString& nameOrPath);

Q_SIGNALS:
    /// Empty: a file is to be opened.
    void modelChosen(const QString& nameOrPath);
    void pictureChosen(int row);

private:
    void buildChoices();
    void takeTrace();
    void takeClasses();
    void takePlace();

    Exploration& m_exploration;
    QString m_letter;
    QLabel* m_title;
    QComboBox* m_models;
    QComboBox* m_pictures;
    QLabel* m_classes;
    QSpinBox* m_layer;
    QComboBox* m_heads;
    CanvasView* m_canvas;
    ColourKey* m_key;
    QString m_pictureName;
};

/// Two panes side by side, each with an exploration of its own: two models, layers, heads or pictures. Linked cursor,
/// query, direction and layer step (Y), one scale, the difference of the maps (D), the second map in place of the first
/// while B is held, or in turns (Shift+B). Beside the maps, the numbers of both by layer and what is inside a patch of each.
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

    enum class Page { Maps, ByLayer, Inside };
    Page page() const;
    void setPage(Page page);

    /// What is shown, side by side.
    Figure figure();

    /// As a session keeps it.
    QJsonValue state() const;
    void restore(const QJsonValue& state);

protected:
    void keyPressEvent(QKeyEvent* event) override;
    void keyReleaseEvent(QKeyEvent* event) override;
    void hideEvent(QHideEvent* event) override;

private:
    QAction* addToggle(const QString& text, const QString& toolTip, const QKeySequence& key);
    void buildPages();
    void setSwapped(bool swapped);
    void readOut();

    Exploration& m_first;
    Exploration& m_second;
    ExplorationLink m_link;
    std::array<ComparePane*, 2> m_panes;
    ComparePane* m_overlay;  ///< the second side once more, in the first one's place
    QStackedWidget* m_stack;
    QSplitter* m_splitter;
    QWidget* m_differencePane;
    DifferenceView* m_difference;
    QTabBar* m_tabs;
    QStackedWidget* m_pages;
    CompareStatistics* m_statistics;
    std::array<InnerView*, 2> m_inner;
    QLabel* m_readout;
    QLabel* m_both;  ///< the numbers of both sides under the mouse
    QTimer m_blink;
    QAction* m_linkAction;
    QAction* m_scaleAction;
    QAction* m_differenceAction;
    QAction* m_blinkAction;
};

}  // namespace vitrine
