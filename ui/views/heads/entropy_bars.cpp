// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/heads/entropy_bars.h"

#include <cmath>

#include "core/explain/statistics.h"

namespace vitrine {

EntropyBars::EntropyBars(Exploration& exploration, QWidget* parent)
    : LayerBars(parent)
    , m_exploration(exploration)
{
    setToolTip(tr("Entropy −Σⱼ aⱼ ln aⱼ of what the token looks at, mean of the heads; dashed: uniform, ln T.\nA click opens "
                  "the layer."));
    connect(this, &LayerBars::chosen, &exploration, [&exploration](int layer) { exploration.setLayer(layer); });
    for (const auto signal : {&Exploration::traceChanged, &Exploration::placeChanged, &Exploration::hoverChanged})
        connect(&exploration, signal, this, &EntropyBars::refresh);
    refresh();
}

void EntropyBars::showEvent(QShowEvent* event)
{
    LayerBars::showEvent(event);
    refresh();
}

void EntropyBars::refresh()
{
    if (!isVisible())
        return;
    const std::shared_ptr<const Trace> trace = m_exploration.trace();
    const int token = m_exploration.shownToken();
    if (!trace)
        setBars({}, {}, 1);
    else if (trace != m_trace.lock() || token != m_token) {
        std::vector<std::optional<double>> values;
        for (int layer = 0; layer < trace->layers(); ++layer) {
            const LayerAttention matrix = m_exploration.attention(layer);
            values.push_back(matrix.empty() ? std::nullopt
                                            : std::optional(entropy(
                                                attentionOf(matrix, {HeadFusion::Mean, 0, {}}, token, Direction::LooksAt))));
        }
        setBars(tr("%1: entropy by layer, nats").arg(QString::fromStdString(trace->model->tokenName(token))), std::move(values),
                std::log(double(trace->model->tokens())));
    }
    m_trace = trace;
    m_token = token;
    setCurrent(m_exploration.layer());
}

}  // namespace vitrine
