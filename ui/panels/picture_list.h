// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractListModel>
#include <QImage>

#include <vector>

#include "ui/session/picture_source.h"

namespace vitrine {

/// The opened pictures in their order, with thumbnails as they come.
class PictureList : public QAbstractListModel {
    Q_OBJECT

public:
    using QAbstractListModel::QAbstractListModel;

    /// Row of the picture; a picture that is there already keeps its row.
    int add(const PictureSource& source);
    void remove(int row);
    const PictureSource& source(int row) const { return m_entries[static_cast<std::size_t>(row)].source; }
    /// A null one says that there will be none.
    void setThumbnail(const QString& key, const QImage& thumbnail);
    int missingThumbnails() const { return m_missing; }

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;

Q_SIGNALS:
    void thumbnailWanted(const vitrine::PictureSource& source);

private:
    struct Entry {
        PictureSource source;
        QString key;
        QImage thumbnail;
        bool answered = false;  ///< the thumbnail came, or there is none
    };

    std::vector<Entry> m_entries;
    int m_missing = 0;
};

} // namespace vitrine
