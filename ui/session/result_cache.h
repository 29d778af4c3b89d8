// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <cstddef>
#include <list>
#include <memory>

#include "core/trace/trace.h"
#include "ui/picture/transparency.h"

namespace vitrine {

/// What one picture gave with one model.
struct Result {
    Decoded picture;  ///< before any crop
    std::shared_ptr<const Trace> trace;
};

/// Results kept within a budget of bytes; the one that was not looked at for longest goes first. One result is always
/// kept, however large.
class ResultCache {
public:
    explicit ResultCache(std::size_t budget = std::size_t(1) << 30)
        : m_budget(budget)
    {
    }

    std::size_t budget() const { return m_budget; }
    std::size_t bytes() const { return m_bytes; }
    std::size_t size() const { return m_entries.size(); }

    /// Null when it is not there; else it becomes the most recent.
    const Result* find(const QString& key);
    void insert(const QString& key, Result result);
    void clear();

private:
    struct Entry {
        QString key;
        Result result;
        std::size_t bytes = 0;
    };

    std::size_t m_budget;
    std::size_t m_bytes = 0;
    std::list<Entry> m_entries;  ///< most recent first
};

}  // namespace vitrine
