// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

#include <memory>

#include "ui/session/inference_controller.h"

class QStatusBar;

namespace vitrine {

class BusySigns;
class Exploration;
class MessageBar;
class ModelChoice;
class Pages;
class SideBySide;
class StatusFacts;
class Supply;

/// The way of pictures, models and results through the controller to what shows them; what fails on it, and its end by hand.
class WorkFlow : public QObject {
    Q_OBJECT

public:
    WorkFlow(Exploration& exploration, InferenceController& controller, ModelChoice& models, Pages& pages, SideBySide& compare,
             MessageBar& messages, QStatusBar& status);

    /// Something is under way that the person asked for.
    bool isAskedFor() const;
    /// What is named afterwards is what is shown.
    void stop();

Q_SIGNALS:
    void pictureShown(const QString& name);
    void resultShown();

private:
    void showPicture(const Image& image);
    void showResult(const std::shared_ptr<const Trace>& trace);
    void showModel(const LoadedModel& model);
    void tellError(const QString& message);
    /// Of a picture.
    void tellFailure(const QString& message);
    void refreshStatus();

    Exploration& m_exploration;
    InferenceController& m_controller;
    ModelChoice& m_models;
    Pages& m_pages;
    SideBySide& m_compare;
    MessageBar& m_messages;
    Supply* m_supply;
    BusySigns* m_signs;
    StatusFacts* m_status;
    QString m_shownKey;  ///< of the picture on the canvas
};

}  // namespace vitrine
