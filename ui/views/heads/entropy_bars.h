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

    /// Of one token.
    struct Values {
        int token = -1;
        std::string name;
        double uniform = 0;
        std::vector<std::optional<double>> ofLayers;  ///< nothing where there is no attention
    };

protected:
    void showEvent(QShowEvent* event) override;

private:
    void refresh();
    void compute(const std::shared_ptr<const Trace>& trace, int token);
    void take(const std::shared_ptr<const Trace>& trace, const Values& values);

    Exploration& m_exploration;
    std::weak_ptr<const Trace> m_trace;  ///< of the bars,
    int m_token = -1;                    ///< and whose they are
    bool m_computing = false;
};

}  // namespace vitrine
