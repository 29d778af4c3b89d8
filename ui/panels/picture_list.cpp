// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/picture_list.h"

#include <algorithm>
#include <iterator>

namespace vitrine {

namespace {

/// Many times what a large screen shows at once.
constexpr qsizetype thumbnailBudget = qsizetype(32) << 20;

}  // namespace

PictureList::PictureList(QObject* parent)
    : QAbstractListModel(parent)
    , m_thumbnails(thumbnailBudget)
{
}

int PictureList::add(const QList<KnownPicture>& pictures)
{
    if (pictures.isEmpty())
        return -1;
    const int before = rowCount();
    std::vector<KnownPicture> added;
    for (const KnownPicture& picture : pictures) {
        if (m_rows.contains(picture.key))
            continue;
        m_rows.insert(picture.key, before + static_cast<int>(added.size()));
        added.push_back(picture);
    }
    if (!added.empty()) {
        beginInsertRows({}, before, before + static_cast<int>(added.size()) - 1);
        std::ranges::move(added, std::back_inserter(m_entries));
        endInsertRows();
    }
    return m_rows.value(pictures.first().key);
}

void PictureList::remove(int row)
{
    beginRemoveRows({}, row, row);
    const auto entry = m_entries.begin() + row;
    m_rows.remove(entry->key);
    m_thumbnails.remove(entry->key);
    m_failures.remove(entry->key);
    m_wanted.removeIf([&](const KnownPicture& wanted) { return wanted.key == entry->key; });
    m_entries.erase(entry);
    for (int i = row; i < rowCount(); ++i)
        m_rows[m_entries[static_cast<std::size_t>(i)].key] = i;
    endRemoveRows();
}

void PictureList::see(int first, int last)
{
    QList<KnownPicture> wanted;
    for (int row = std::max(0, first); row <= std::min(last, rowCount() - 1); ++row) {
        const KnownPicture& entry = m_entries[static_cast<std::size_t>(row)];
        if (!m_thumbnails.contains(entry.key) && !m_failures.contains(entry.key))
            wanted.append(entry);
    }
    if (std::ranges::equal(wanted, m_wanted, {}, &KnownPicture::key, &KnownPicture::key))
        return;
    m_wanted = wanted;
    Q_EMIT thumbnailsWanted(m_wanted);
}

void PictureList::setThumbnail(const QString& key, const QImage& thumbnail, const QString& failure)
{
    m_wanted.removeIf([&](const KnownPicture& wanted) { return wanted.key == key; });
    const auto row = m_rows.constFind(key);
    if (row == m_rows.constEnd())
        return;
    if (thumbnail.isNull())
        m_failures.insert(key, failure);
    else
        m_thumbnails.insert(key, new QImage(thumbnail), thumbnail.sizeInBytes());
    const QModelIndex changed = index(*row);
    Q_EMIT dataChanged(changed, changed, {Qt::DecorationRole, Qt::ToolTipRole, FailureRole});
}

int PictureList::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_entries.size());
}

QVariant PictureList::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const auto& [source, key] = m_entries[static_cast<std::size_t>(index.row())];
    const QString failure = m_failures.value(key);
    switch (role) {
    case Qt::DisplayRole:
        return source.name;
    case Qt::AccessibleTextRole:
        return failure.isEmpty() ? source.name : failure;
    case Qt::DecorationRole: {
        const QImage* const thumbnail = m_thumbnails.object(key);
        return thumbnail ? QVariant(*thumbnail) : QVariant();
    }
    case Qt::ToolTipRole: {
        const QString place = source.path.isEmpty() ? source.name : source.path;
        return (failure.isEmpty() ? place : failure).toHtmlEscaped();
    }
    case FailureRole:
        return failure;
    default:
        return {};
    }
}

}  // namespace vitrine
