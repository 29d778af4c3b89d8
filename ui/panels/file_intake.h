// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QSet>

#include "ui/panels/file_opener.h"
#include "ui/session/inference_controller.h"

class QMenu;
class QMimeData;
class QWidget;

namespace vitrine {

class MessageBar;
class PictureList;
class PictureStrip;
class RecentFiles;

/// Whatever a person gives, by a dialog, a drop, the clipboard or the command line: pictures go into the strip, of which the
/// first new one is shown, the rest to whoever needs it. GUI thread only.
class FileIntake : public QObject {
    Q_OBJECT

public:
    FileIntake(PictureList& pictures, PictureStrip& strip, InferenceController& controller, MessageBar& messages,
               RecentFiles& recent, QWidget* window);

    /// Pictures, folders, checkpoints, label files, sessions.
    void open(const QStringList& paths);
    void show(const PictureSource& picture);
    /// What was dropped.
    void take(const QMimeData& data);
    void openPictures();
    void openModel();
    void addCommands(QMenu* menu);

    bool busy() const { return m_opener.busy(); }
    /// As FileOpener::end().
    bool end(QDeadlineTimer deadline) { return m_opener.end(deadline); }

Q_SIGNALS:
    /// Checkpoints and label files, perhaps none.
    void modelFilesGiven(const vitrine::DroppedFiles& files);
    /// And there is no picture for it.
    void modelGivenAlone();
    void labelsGiven(const QString& path);
    void sessionGiven(const QString& path);

private:
    void takeFound(const FoundFiles& found);
    void takeThumbnail(const QString& key, const QImage& image, const QString& message);
    void remember();
    void paste();
    void openLabels();
    QString folder() const;

    PictureList& m_pictures;
    PictureStrip& m_strip;
    InferenceController& m_controller;
    MessageBar& m_messages;
    RecentFiles& m_recent;
    QWidget* m_window;
    FileOpener m_opener;
    QSet<QString> m_batch;   ///< keys of its first pictures
    bool m_picked = false;   ///< one of its pictures was
    QString m_toRemember;    ///< path of a picture that becomes a recent one when it opens
    int m_withoutNames = 0;  ///< pasted and dropped pictures so far
};

}  // namespace vitrine
