// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/flow_layout.h"

#include <algorithm>

namespace vitrine {

namespace {

constexpr int gap = 8;

} // namespace

FlowLayout::FlowLayout(QWidget* parent)
    : QLayout(parent)
{
    setContentsMargins(0, 0, 0, 0);
}

FlowLayout::~FlowLayout()
{
    for (QLayoutItem* item : m_items)
        delete item;
}

QLayoutItem* FlowLayout::itemAt(int index) const
{
    return index >= 0 && index < count() ? m_items[static_cast<std::size_t>(index)] : nullptr;
}

QLayoutItem* FlowLayout::takeAt(int index)
{
    QLayoutItem* item = itemAt(index);
    if (item)
        m_items.erase(m_items.begin() + index);
    return item;
}

QSize FlowLayout::sizeHint() const
{
    QSize size;
    for (const QLayoutItem* item : m_items)
        size = QSize(size.width() + item->sizeHint().width() + gap, std::max(size.height(), item->sizeHint().height()));
    return size;
}

QSize FlowLayout::minimumSize() const
{
    QSize size;
    for (const QLayoutItem* item : m_items)
        size = size.expandedTo(item->minimumSize());
    return size;
}

void FlowLayout::setGeometry(const QRect& rect)
{
    QLayout::setGeometry(rect);
    arrange(rect, true);
}

int FlowLayout::arrange(const QRect& rect, bool apply) const
{
    int top = rect.top();
    for (std::size_t first = 0; first < m_items.size();) {
        int width = 0, height = 0;
        std::size_t last = first;
        while (last < m_items.size()) {
            const QSize size = m_items[last]->sizeHint();
            const int wider = width + (last > first ? gap : 0) + size.width();
            if (last > first && wider > rect.width())
                break;
            width = wider;
            height = std::max(height, size.height());
            ++last;
        }
        int left = rect.left() + std::max(0, rect.width() - width) / 2;
        for (; first < last; ++first) {
            const QSize size = m_items[first]->sizeHint();
            if (apply)
                m_items[first]->setGeometry({QPoint(left, top + (height - size.height()) / 2), size});
            left += size.width() + gap;
        }
        top += height + (first < m_items.size() ? gap / 2 : 0);
    }
    return top - rect.top();
}

} // namespace vitrine
