// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/history.h"

#include <algorithm>

namespace vitrine {

void History::goBack()
{
    const auto last = std::ranges::max_element(m_all, {}, &Exploration::lastStep);
    if (last != m_all.end())
        (*last)->goBack();
}

void History::goForward()
{
    Exploration* next = nullptr;
    quint64 newest = 0;
    for (Exploration* each : m_all) {
        newest = std::max(newest, each->lastStep());
        if (each->canGoForward() && (!next || each->nextStep() < next->nextStep()))
            next = each;
    }
    // What was taken back before a newer step is not taken again.
    if (next && next->nextStep() > newest)
        next->goForward();
}

}  // namespace vitrine
