// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/session/exploration.h"
#include "ui/views/parts/layer_bars.h"

namespace vitrine {

/// How widely the shown token looks in every layer: the entropy of its attention, mean of the heads.
class EntropyBars : public LayerBars {
    Q_OBJECT

public:
    explicit EntropyBars(Exploration& exploration, QWidget* parent = nullptr);

protected:
    void showEvent(QShowEvent* event) override;

private:
    void refresh();

    Exploration& m_exploration;
    std::weak_ptr<const Trace> m_trace;  ///< of the bars,
    int m_token = -1;                    ///< and whose they are
};

}  // namespace vitrine
