// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QToolBar>

#include "ui/session/exploration.h"
#include "ui/session/inference_worker.h"

class QAction;
class QComboBox;
class QLabel;
class QSlider;

namespace vitrine {

class Chip;

/// A model that comes with the program.
struct BundledModel {
    QString name;   ///< "vit": what ModelSource takes
    QString title;  ///< "ViT": for people
};

/// The toolbar: model, layer, heads, direction; actions of the window can be added behind.
class ExploreBar : public QToolBar {
    Q_OBJECT

public:
    ExploreBar(Exploration& exploration, const std::vector<BundledModel>& bundled, QWidget* parent = nullptr);

    /// Shows which model is loaded, and in the tooltip what was assumed about it.
    void setModel(const LoadedModel& model);
    QComboBox* modelChooser() const { return m_models; }

Q_SIGNALS:
    void modelChosen(const QString& nameOrPath);
    void openModelRequested();
    /// What was assumed about the model is to be told.
    void assumptionsWanted();

private:
    void buildModels(const std::vector<BundledModel>& bundled);
    void takeTrace();
    void takePlace();
    void buildMethods();
    void fillHeads();
    void fillMethods();
    QString classText() const;

    Exploration& m_exploration;
    QComboBox* m_models;
    QAction* m_assumed;
    QSlider* m_layer;
    QLabel* m_layerText;
    QComboBox* m_heads;
    Chip* m_looksAt;
    Chip* m_lookedAtBy;
    QComboBox* m_methods;
    QLabel* m_ofClass;
    QAction* m_ofClassAction;
    int m_filledHeads = -1;
    std::weak_ptr<const ModelSpec> m_filledMethods;
};

/// "Doubtful: What was assumed."
QString sentence(const Assumption& assumption);
/// What is known and what was assumed about a model, as plain sentences.
QStringList describe(const ModelSpec& spec);

} // namespace vitrine
