// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractListModel>
#include <QCache>
#include <QHash>
#include <QImage>

#include <vector>

#include "ui/session/picture_source.h"

namespace vitrine {

/// The opened pictures in their order. Thumbnails are asked for the rows that are seen, and the ones that were not seen
/// for longest are given up again.
class PictureList : public QAbstractListModel {
    Q_OBJECT

public:
    enum Role { FailureRole = Qt::UserRole + 1 };  ///< why the picture cannot be shown; empty while nothing is known

    explicit PictureList(QObject* parent = nullptr);

    /// Row of the picture; a picture that is there already keeps its row.
    int add(const PictureSource& source) { return add({{source, source.key()}}); }
    /// Row of the first of them; -1 when there is none.
    int add(const QList<KnownPicture>& pictures);
    void remove(int row);
    /// -1 where it is not there.
    int rowOf(const PictureSource& source) const { return m_rows.value(source.key(), -1); }
    const PictureSource& source(int row) const { return m_entries[static_cast<std::size_t>(row)].source; }

    /// Somebody looks at these rows.
    void see(int first, int last);
    /// A null one says that there will be none, and why.
    void setThumbnail(const QString& key, const QImage& thumbnail, const QString& failure = {});
    int missingThumbnails() const { return static_cast<int>(m_wanted.size()); }

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;

Q_SIGNALS:
    /// All that are wanted now.
    void thumbnailsWanted(const QList<vitrine::KnownPicture>& pictures);

private:
    std::vector<KnownPicture> m_entries;
    QHash<QString, int> m_rows;                    ///< by key
    mutable QCache<QString, QImage> m_thumbnails;  ///< by key, the cost in bytes; looking at one makes it the most recent
    QHash<QString, QString> m_failures;            ///< by key
    QList<KnownPicture> m_wanted;
};

}  // namespace vitrine
