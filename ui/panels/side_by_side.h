// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

#include <memory>
#include <optional>

#include "ui/session/exploration.h"
#include "ui/session/inference_controller.h"

class QAction;
class QMenu;

namespace vitrine {

class CompareView;
class ModelChoice;
class PictureList;

/// The second pane beside the window's own: the same trace at another layer or head, another model on the same picture,
/// or the same model on another picture. An engine of its own is made only for the last two.
class SideBySide : public QObject {
    Q_OBJECT

public:
    SideBySide(Exploration& first, EngineFactory engines, const ModelChoice& models, PictureList& pictures,
               QObject* parent = nullptr);
    ~SideBySide() override;

    CompareView& view() { return *m_view; }
    bool isActive() const { return m_active; }
    /// What is compared is the bundled models.
    bool isOfBundled() const;
    bool busy() const { return m_controller && m_controller->busy(); }
    /// As InferenceController::end().
    bool end(QDeadlineTimer deadline) { return !m_controller || m_controller->end(deadline); }

    /// The keys of the comparison, in a menu.
    void addCommands(QMenu* menu);

    void compareLayers();
    /// The bundled models; two layers where there is no other one.
    void compareBundled();
    void compareNextPicture();
    /// Another model, or the window's again; the second side keeps its picture.
    void compareModel(const ModelSource& model);
    /// Another picture, or the window's again; the second side keeps its model.
    void comparePicture(const PictureSource& picture);
    /// The window shows another model.
    void setModel(const ModelSource& model);
    void stop();
    /// A map of the window's pass that the second pane waits for.
    std::optional<MapRequest> missingMap() const { return m_active && !m_ownEngine ? m_second.missingMap() : std::nullopt; }
    /// The window shows another picture.
    void setPicture(const Image& image, const PictureSource& source);

Q_SIGNALS:
    void failed(const QString& message);
    void said(const QString& note);
    void mapMissing();
    /// It began, ended, or is of something else.
    void changed();
    /// Somebody asked for it, or for its end.
    void begun();
    void ended();
    /// Chosen in the first pane, which is the window's own; empty: a file is to be opened.
    void firstModelChosen(const QString& nameOrPath);
    void firstPictureChosen(int row);

private:
    void connectExplorations();
    void connectPanes();
    void start();
    void restart();
    InferenceController& controller();
    void followFirst();

    Exploration& m_first;
    Exploration m_second;
    EngineFactory m_engines;
    const ModelChoice& m_models;
    PictureList& m_pictures;
    CompareView* m_view;
    QAction* m_layers = nullptr;
    Image m_image;
    PictureSource m_source;
    ModelSource m_model;  ///< the window's
    std::optional<ModelSource> m_otherModel;
    std::optional<PictureSource> m_otherPicture;
    bool m_active = false;
    bool m_ownEngine = false;
    std::unique_ptr<InferenceController> m_controller;  ///< last: its threads end first
};

}  // namespace vitrine
