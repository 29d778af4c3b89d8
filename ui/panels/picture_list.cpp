// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/picture_list.h"

#include <algorithm>
#include <utility>

namespace vitrine {

int PictureList::add(const PictureSource& source)
{
    const QString key = source.key();
    const auto known = std::ranges::find(m_entries, key, &Entry::key);
    if (known != m_entries.end())
        return static_cast<int>(known - m_entries.begin());
    const int row = rowCount();
    beginInsertRows({}, row, row);
    m_entries.push_back({source, key, {}});
    ++m_missing;
    endInsertRows();
    Q_EMIT thumbnailWanted(source);
    return row;
}

void PictureList::remove(int row)
{
    beginRemoveRows({}, row, row);
    if (!m_entries[static_cast<std::size_t>(row)].answered)
        --m_missing;
    m_entries.erase(m_entries.begin() + row);
    endRemoveRows();
}

void PictureList::setThumbnail(const QString& key, const QImage& thumbnail)
{
    const auto entry = std::ranges::find(m_entries, key, &Entry::key);
    if (entry == m_entries.end())
        return;
    entry->thumbnail = thumbnail;
    if (!std::exchange(entry->answered, true))
        --m_missing;
    const QModelIndex changed = index(static_cast<int>(entry - m_entries.begin()));
    Q_EMIT dataChanged(changed, changed, {Qt::DecorationRole});
}

int PictureList::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_entries.size());
}

QVariant PictureList::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const Entry& entry = m_entries[static_cast<std::size_t>(index.row())];
    switch (role) {
    case Qt::DisplayRole:
    case Qt::AccessibleTextRole: return entry.source.name;
    case Qt::DecorationRole: return entry.thumbnail;
    case Qt::ToolTipRole:
        return (entry.source.path.isEmpty() ? entry.source.name : entry.source.path).toHtmlEscaped();
    default: return {};
    }
}

} // namespace vitrine
