// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

#include <functional>
#include <memory>
#include <optional>

#include "ui/session/session_file.h"

class QWidget;

namespace vitrine {

class Exploration;
class FileIntake;
class InferenceController;
class MessageBar;
class ModelChoice;
class PictureList;
class SessionKeeper;
class SideBySide;

/// What is looked at as a file: saved, opened again, and kept for the next start. GUI thread only.
class Sessions : public QObject {
    Q_OBJECT

public:
    /// What the window adds to a session, and takes from one.
    struct WindowPart {
        std::function<QJsonObject()> state;
        std::function<void(const QJsonObject&)> restore;
    };

    Sessions(Exploration& exploration, SideBySide& compare, InferenceController& controller, PictureList& pictures,
             FileIntake& files, ModelChoice& models, MessageBar& messages, WindowPart part, QWidget* window);
    ~Sessions() override;

    /// Shows what a session says, as soon as its model and its picture are there.
    void open(const QString& path);
    void show(const Session& session, const QString& path);
    void save(const QString& path);
    void saveAs();
    /// What is looked at.
    Session now() const;
    /// A result has come; true when it is the one that a session waited for, whose place is shown now.
    bool takeResult();

    /// From here on what is looked at is kept in this folder.
    void keepIn(const QString& folder);
    /// Something that is kept has changed.
    void touch();
    /// Shows what was looked at when the program ended; false where nothing was kept.
    bool openKept();
    /// Where the program did not come to its end last time: offers to go on.
    void offerCutOff();
    /// The good end.
    void close();

private:
    bool tellMissing(const Session& session, const QString& path);

    Exploration& m_exploration;
    SideBySide& m_compare;
    InferenceController& m_controller;
    PictureList& m_pictures;
    FileIntake& m_files;
    ModelChoice& m_models;
    MessageBar& m_messages;
    WindowPart m_part;
    QWidget* m_window;
    std::optional<Session> m_pending;  ///< its picture has not run yet
    std::unique_ptr<SessionKeeper> m_keeper;
};

}  // namespace vitrine
