// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QToolBar>

#include "ui/session/exploration.h"
#include "ui/session/inference_worker.h"

class QAction;
class QComboBox;
class QLabel;
class QMenu;
class QSlider;
class QToolButton;

namespace vitrine {

class Chip;

/// A model that comes with the program.
struct BundledModel {
    QString name;   ///< "vit": what ModelSource takes
    QString title;  ///< "ViT": for people
};

/// The toolbar, one row: model, map and what it is of, layer, heads, direction; actions of the window can be added behind.
class ExploreBar : public QToolBar {
    Q_OBJECT

public:
    ExploreBar(Exploration& exploration, const std::vector<BundledModel>& bundled, QWidget* parent = nullptr);

    /// Shows which model is loaded, and in the tooltip what was assumed about it.
    void setModel(const LoadedModel& model);
    QComboBox* modelChooser() const { return m_models; }
    /// A button behind the rest that opens `menu`.
    void addMenu(const QString& text, const QString& toolTip, QMenu* menu);
    /// Which of the bundled models' switches is down; `both`: the one for two side by side.
    void showSwitch(const QString& model, bool both);

Q_SIGNALS:
    void modelChosen(const QString& nameOrPath);
    void openModelRequested();
    /// Two bundled models side by side, or no longer.
    void bothChosen(bool both);
    void findClassRequested();
    /// What was assumed about the model is to be told.
    void assumptionsWanted();

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void buildModels(const std::vector<BundledModel>& bundled);
    void takeTrace();
    void takePlace();
    void buildMethods();
    void buildPlace();
    void fillOf();
    QString ofText() const;
    void fillHeads();
    void fillMethods();

    Exploration& m_exploration;
    QComboBox* m_models;
    QAction* m_assumed;
    QSlider* m_layer;
    QLabel* m_layerText;
    QComboBox* m_heads;
    Chip* m_looksAt;
    Chip* m_lookedAtBy;
    QComboBox* m_methods;
    QToolButton* m_of;
    std::vector<std::pair<QString, Chip*>> m_switches;  ///< of the bundled models
    QList<QAction*> m_switchActions;
    Chip* m_both = nullptr;
    QList<QAction*> m_labels;  ///< shown where there is room
    bool m_pulling = false;    ///< the slider was moved since it was pressed
    int m_filledHeads = -1;
    std::weak_ptr<const ModelSpec> m_filledMethods;
};

/// "Doubtful: What was assumed."
QString sentence(const Assumption& assumption);
/// What is known and what was assumed about a model, as plain sentences.
QStringList describe(const ModelSpec& spec);

}  // namespace vitrine
