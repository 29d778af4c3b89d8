// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLockFile>
#include <QObject>
#include <QTimer>

#include <functional>

#include "ui/session/session_file.h"

namespace vitrine {

/// Keeps what is looked at in a file while it changes, for the next start: after a good end as well as after none. The
/// first of several programs at a time keeps it; the others leave it alone. GUI thread only.
class SessionKeeper : public QObject {
    Q_OBJECT

public:
    /// `folder` is made where it is missing; `now` is asked for what to keep.
    SessionKeeper(const QString& folder, std::function<Session()> now, QObject* parent = nullptr);
    ~SessionKeeper() override;

    /// The file of the program before; empty where there is none, it did not come to its end, or another one is at work.
    QString kept() const;
    /// The same of a program that did not come to its end: what was looked at may be what brought it down.
    QString cutOff() const;
    /// Something has changed: it is written a moment later.
    void touch();
    /// The good end: writes what is not written yet.
    void close();

private:
    void write();
    QString path(const QString& name) const;

    QString m_folder;
    std::function<Session()> m_now;
    QLockFile m_lock;
    QTimer m_later;
    bool m_mine = false, m_wasCutOff = false;
};

}  // namespace vitrine
