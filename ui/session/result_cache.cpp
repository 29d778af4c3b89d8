// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/result_cache.h"

#include <algorithm>

namespace vitrine {

const Result* ResultCache::find(const QString& key)
{
    const auto found = std::ranges::find(m_entries, key, &Entry::key);
    if (found == m_entries.end())
        return nullptr;
    m_entries.splice(m_entries.begin(), m_entries, found);
    return &m_entries.front().result;
}

void ResultCache::insert(const QString& key, Result result)
{
    const auto old = std::ranges::find(m_entries, key, &Entry::key);
    if (old != m_entries.end()) {
        m_bytes -= old->bytes;
        m_entries.erase(old);
    }
    const std::size_t bytes = result.picture.image.pixels().size() + (result.trace ? result.trace->bytes() : 0);
    m_entries.push_front({key, std::move(result), bytes});
    m_bytes += bytes;
    while (m_bytes > m_budget && m_entries.size() > 1) {
        m_bytes -= m_entries.back().bytes;
        m_entries.pop_back();
    }
}

void ResultCache::clear()
{
    m_entries.clear();
    m_bytes = 0;
}

}  // namespace vitrine
