// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/file_opener.h"

#include <utility>

namespace vitrine {

namespace {

/// Rows a view takes in within a few milliseconds, and the time between for everything else.
constexpr qsizetype portionSize = 1000;
constexpr int pauseMilliseconds = 4;

}  // namespace

FileOpener::FileOpener(QObject* parent)
    : QObject(parent)
{
    m_pool.setMaxThreadCount(1);
    m_next.setSingleShot(true);
    m_next.setInterval(pauseMilliseconds);
    connect(&m_next, &QTimer::timeout, this, &FileOpener::take);
}

FileOpener::~FileOpener()
{
    end(QDeadlineTimer::Forever);
}

bool FileOpener::end(QDeadlineTimer deadline)
{
    m_stop.request_stop();
    m_next.stop();
    return m_pool.waitForDone(static_cast<int>(deadline.remainingTime()));
}

void FileOpener::open(const QStringList& paths)
{
    ++m_jobs;
    m_pool.start([this, paths] { search(paths); });
}

void FileOpener::search(const QStringList& paths)
{
    FoundFiles portion;
    portion.files = sortFiles(paths);
    portion.first = true;
    const QStringList pictures = std::exchange(portion.files.pictures, {});
    for (const QString& path : pictures) {
        if (m_stop.stop_requested())
            return;
        const PictureSource source = PictureSource::fromFile(path);
        portion.pictures.append({source, source.key()});
        if (portion.pictures.size() == portionSize)
            send(std::exchange(portion, {}));
    }
    portion.last = true;
    send(std::move(portion));
}

void FileOpener::send(FoundFiles portion)
{
    const bool first = portion.first;
    {
        const std::scoped_lock lock(m_mutex);
        m_found.push_back(std::move(portion));
    }
    if (first)
        QMetaObject::invokeMethod(this, &FileOpener::take, Qt::QueuedConnection);
}

void FileOpener::take()
{
    FoundFiles portion;
    {
        const std::scoped_lock lock(m_mutex);
        if (!m_found.empty()) {
            portion = std::move(m_found.front());
            m_found.pop_front();
        }
    }
    if (portion.last)
        --m_jobs;
    if (portion.first || portion.last || !portion.pictures.isEmpty())
        Q_EMIT found(portion);
    if (busy())
        m_next.start();
}

}  // namespace vitrine
