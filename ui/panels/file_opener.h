// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDeadlineTimer>
#include <QList>
#include <QObject>
#include <QThreadPool>
#include <QTimer>

#include <deque>
#include <mutex>
#include <stop_token>

#include "ui/panels/dropped_files.h"
#include "ui/session/picture_source.h"

namespace vitrine {

/// A part of what a person gave.
struct FoundFiles {
    DroppedFiles files;            ///< all but the pictures; in the first portion only
    QList<KnownPicture> pictures;  ///< some of them, in their order
    bool first = false, last = false;
};

/// Looks through files and folders on a thread of its own and hands over what it finds in portions, so that a folder of a
/// hundred thousand pictures holds nothing up. GUI thread only.
class FileOpener : public QObject {
    Q_OBJECT

public:
    explicit FileOpener(QObject* parent = nullptr);
    /// Stops, then waits.
    ~FileOpener() override;

    /// What was given before comes first.
    void open(const QStringList& paths);
    bool busy() const { return m_jobs > 0; }
    /// Stops for good; false when it has not ended by then.
    bool end(QDeadlineTimer deadline);

Q_SIGNALS:
    void found(const vitrine::FoundFiles& portion);

private:
    void search(const QStringList& paths);
    void send(FoundFiles portion);
    void take();

    QThreadPool m_pool;
    QTimer m_next;
    std::stop_source m_stop;
    std::mutex m_mutex;
    std::deque<FoundFiles> m_found;  ///< under m_mutex
    int m_jobs = 0;
};

}  // namespace vitrine
