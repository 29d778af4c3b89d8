// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QObject>
#include <QStringList>

class QMenu;

namespace vitrine {

/// The files that were opened last, kept over the runs of the program.
class RecentFiles : public QObject {
    Q_OBJECT

public:
    enum class Kind { Pictures, Models };

    /// `kept`: else there are none.
    explicit RecentFiles(bool kept, QObject* parent = nullptr);

    /// The last one first.
    QStringList paths(Kind kind) const { return m_paths.value(kind); }
    void add(Kind kind, const QString& path);
    void fill(QMenu* menu);

Q_SIGNALS:
    void chosen(const QString& path);

private:
    bool m_kept;
    QHash<Kind, QStringList> m_paths;
};

}  // namespace vitrine
