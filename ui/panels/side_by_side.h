// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

#include <memory>
#include <optional>

#include "ui/session/exploration.h"
#include "ui/session/inference_controller.h"
#include "ui/session/session_file.h"

class QAction;
class QMenu;

namespace vitrine {

class CompareView;
class ModelChoice;
class PictureList;

/// The second pane beside the window's own: the same trace at another layer or head, the same model on another picture, which
/// runs through the window's own network, or another model, of which an engine is made.
class SideBySide : public QObject {
    Q_OBJECT

public:
    SideBySide(Exploration& first, InferenceController& host, EngineFactory engines, const ModelChoice& models,
               PictureList& pictures, QObject* parent = nullptr);
    ~SideBySide() override;

    CompareView& view() { return *m_view; }
    Exploration& second() { return m_second; }
    bool isActive() const { return m_active; }
    /// What is compared is the bundled models.
    bool isOfBundled() const;
    bool busy() const;
    /// As InferenceController::end().
    bool end(QDeadlineTimer deadline);
    /// The keys of the comparison, in a menu.
    void addCommands(QMenu* menu);

    /// The next layer beside the present one.
    void compareLayers();
    /// The bundled models; two layers where there is no other one.
    void compareBundled();
    void compareNextPicture();
    /// Another model, or the window's again; the second side keeps its picture.
    void compareModel(const ModelSource& model);
    /// Another picture, or the window's again; the second side keeps its model.
    void comparePicture(const PictureSource& picture);
    /// What a session says of it; nothing: there is none.
    std::optional<Comparison> state() const;
    void restore(const std::optional<Comparison>& comparison);
    void stop();

    /// The window shows another model.
    void setModel(const ModelSource& model);
    /// The window shows another picture.
    void setPicture(const Image& image, const PictureSource& source);
    /// A map of the window's pass that the second pane waits for.
    std::optional<MapRequest> missingMap() const { return m_active && !m_source ? m_second.missingMap() : std::nullopt; }

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
    void connectFirst();
    void connectSecond();
    void connectPanes();
    /// To both panes, each with its own: what can be opened changes with what was opened.
    void offerModels();
    void connectTo(InferenceController& controller);
    /// With the second pane at `place`.
    void start(const Place& place);
    void followFirst();
    Place besideFirst() const;
    /// The window's network is: then it cannot run two pictures in turns.
    bool isMadeForItsPicture() const;
    InferenceController& guest();
    InferenceController& own();

    Exploration& m_first;
    Exploration m_second;
    InferenceController& m_host;
    EngineFactory m_engines;
    const ModelChoice& m_models;
    PictureList& m_pictures;
    CompareView* m_view;
    QAction* m_layers = nullptr;
    Image m_image;
    PictureSource m_picture;
    ModelSource m_model;  ///< the window's
    std::optional<ModelSource> m_otherModel;
    std::optional<PictureSource> m_otherPicture;
    bool m_active = false;
    InferenceController* m_source = nullptr;       ///< where the second pass comes from; null: it is the window's
    std::unique_ptr<InferenceController> m_guest;  ///< another picture through the window's network
    std::unique_ptr<InferenceController> m_own;    ///< another network
};

}  // namespace vitrine
