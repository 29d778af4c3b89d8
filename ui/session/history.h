// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "ui/session/exploration.h"

namespace vitrine {

/// Back and Forward over several explorations, in the order in which their steps were made. GUI thread only; they outlive it.
class History {
public:
    void add(Exploration& exploration) { m_all.push_back(&exploration); }
    void goBack();
    void goForward();

private:
    std::vector<Exploration*> m_all;
};

}  // namespace vitrine
