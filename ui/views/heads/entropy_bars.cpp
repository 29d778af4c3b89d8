// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/heads/entropy_bars.h"

#include <algorithm>
#include <cmath>

#include "core/explain/statistics.h"
#include "ui/session/background.h"

namespace vitrine {

namespace {

EntropyBars::Values entropies(const Trace& trace, const std::vector<LayerAttention>& layers, int token)
{
    EntropyBars::Values values{token, trace.model->tokenName(token), std::log(double(trace.model->tokens())), {}};
    for (const LayerAttention& layer : layers)
        values.ofLayers.push_back(
            layer.empty() ? std::nullopt
                          : std::optional(entropy(attentionOf(layer, {HeadFusion::Mean, 0, {}}, token, Direction::LooksAt))));
    return values;
}

}  // namespace

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
    if (!trace) {
        m_trace.reset();
        setBars({}, {}, 1);
    } else if (trace != m_trace.lock() || token != m_token) {
        compute(trace, token);
    }
    setCurrent(m_exploration.layer());
}

void EntropyBars::compute(const std::shared_ptr<const Trace>& trace, int token)
{
    std::vector<LayerAttention> layers;
    for (int layer = 0; layer < trace->layers(); ++layer)
        layers.push_back(m_exploration.attention(layer));
    if (std::ranges::all_of(layers, [](const LayerAttention& layer) { return layer.empty() || layer.isWhole(); }))
        return take(trace, entropies(*trace, layers, token));
    if (trace != m_trace.lock())
        setBars({}, {}, 1);
    if (m_computing)
        return;
    // Rows of q and k are computed: until then the bars are of the token that they name.
    m_computing = true;
    runInBackground(
        this, [trace, layers, token] { return entropies(*trace, layers, token); },
        [this, trace](const Values& values) {
            m_computing = false;
            if (trace == m_exploration.trace())
                take(trace, values);
            refresh();
        });
}

void EntropyBars::take(const std::shared_ptr<const Trace>& trace, const Values& values)
{
    m_trace = trace;
    m_token = values.token;
    setBars(tr("%1: entropy by layer, nats").arg(QString::fromStdString(values.name)), values.ofLayers, values.uniform);
}

}  // namespace vitrine
