// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/recent_files.h"

#include <QAction>
#include <QFileInfo>
#include <QMenu>
#include <QSettings>

#include "ui/session/remember.h"

namespace vitrine {

namespace {

constexpr int mostRecent = 9;

QString keyOf(RecentFiles::Kind kind)
{
    return kind == RecentFiles::Kind::Pictures ? QStringLiteral("recent/pictures") : QStringLiteral("recent/models");
}

}  // namespace

RecentFiles::RecentFiles(bool kept, QObject* parent)
    : QObject(parent)
    , m_kept(kept)
{
    for (const Kind kind : {Kind::Pictures, Kind::Models})
        if (m_kept)
            m_paths[kind] = QSettings().value(keyOf(kind)).toStringList();
}

void RecentFiles::add(Kind kind, const QString& path)
{
    if (!m_kept)
        return;
    QStringList& all = m_paths[kind];
    all.removeAll(path);
    all.prepend(path);
    all = all.mid(0, mostRecent);
    remember(keyOf(kind), all);
}

void RecentFiles::fill(QMenu* menu)
{
    menu->clear();
    int number = 0;
    for (const Kind kind : {Kind::Pictures, Kind::Models}) {
        const QStringList all = paths(kind);
        if (!all.isEmpty())
            menu->addSection(kind == Kind::Pictures ? tr("Pictures") : tr("Models"));
        for (const QString& path : all) {
            // An ampersand in a file name is a letter, not a mnemonic.
            QAction* action = menu->addAction(QFileInfo(path).fileName().replace(u'&', QStringLiteral("&&")));
            action->setToolTip(path);
            action->setData(path);
            if (++number <= mostRecent)
                action->setShortcut(Qt::ALT | static_cast<Qt::Key>(Qt::Key_0 + number));
            connect(action, &QAction::triggered, this, [this, path] { Q_EMIT chosen(path); });
        }
    }
    menu->setEnabled(number > 0);
}

}  // namespace vitrine
