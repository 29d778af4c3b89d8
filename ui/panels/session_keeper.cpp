// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/session_keeper.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

#include "core/base/error.h"
#include "ui/session/background.h"
#include "ui/session/remember.h"

namespace vitrine {

namespace {

constexpr int writeAfterMilliseconds = 1500;

}  // namespace

SessionKeeper::SessionKeeper(const QString& folder, std::function<Session()> now, QObject* parent)
    : QObject(parent)
    , m_folder(folder)
    , m_now(std::move(now))
    , m_lock(path(QStringLiteral("running.lock")))
{
    m_lock.setStaleLockTime(0);
    m_later.setSingleShot(true);
    m_later.setInterval(writeAfterMilliseconds);
    connect(&m_later, &QTimer::timeout, this, &SessionKeeper::write);
    m_mine = QDir().mkpath(m_folder) && m_lock.tryLock();
    if (!m_mine)
        return;
    QFile open(path(QStringLiteral("open")));
    m_wasCutOff = open.exists();
    // The file itself is written over soon.
    QFile::remove(path(QStringLiteral("before.vitrine")));
    if (m_wasCutOff)
        QFile::copy(path(QStringLiteral("last.vitrine")), path(QStringLiteral("before.vitrine")));
    if (open.open(QIODevice::WriteOnly))
        open.close();
}

SessionKeeper::~SessionKeeper()
{
    writingPool().waitForDone();  // before the lock goes
}

QString SessionKeeper::path(const QString& name) const
{
    return QDir(m_folder).filePath(name);
}

QString SessionKeeper::kept() const
{
    const QString last = path(QStringLiteral("last.vitrine"));
    return m_mine && !m_wasCutOff && QFileInfo::exists(last) ? last : QString();
}

QString SessionKeeper::cutOff() const
{
    const QString before = path(QStringLiteral("before.vitrine"));
    return m_mine && m_wasCutOff && QFileInfo::exists(before) ? before : QString();
}

void SessionKeeper::touch()
{
    if (m_mine && !m_later.isActive())
        m_later.start();
}

void SessionKeeper::write()
{
    m_later.stop();
    const Session session = m_now();
    if (!m_mine || session.picture.isEmpty())
        return;
    const auto written = [session, last = path(QStringLiteral("last.vitrine"))] {
        try {
            saveSession(session, last);
        } catch (const Error&) {
            return false;
        }
        return true;
    };
    // A full disk must not stop the work that it would have been kept of.
    runInBackground(
        this, written, [this](bool done) { m_mine = m_mine && done; }, writingPool());
}

void SessionKeeper::close()
{
    if (!m_mine)
        return;
    write();
    writingPool().start([open = path(QStringLiteral("open"))] { QFile::remove(open); });
}

}  // namespace vitrine
