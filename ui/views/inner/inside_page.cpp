// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/inner/inside_page.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

#include <cmath>
#include <span>

#include "core/explain/inner.h"
#include "ui/views/inner/inner_view.h"
#include "ui/views/parts/layer_bars.h"
#include "ui/views/parts/view_parts.h"

namespace vitrine {

namespace {

double norm(std::span<const float> values)
{
    double sum = 0;
    for (const float value : values)
        sum += static_cast<double>(value) * static_cast<double>(value);
    return std::sqrt(sum);
}

}  // namespace

InsidePage::InsidePage(Exploration& exploration, QWidget* parent)
    : QWidget(parent)
    , m_exploration(exploration)
    , m_view(new InnerView(exploration, this))
    , m_bars(new LayerBars(this))
    , m_bridge(new QLabel(this))
{
    setAccessibleName(tr("Inside a patch"));
    setFocusProxy(m_view);
    m_bars->setToolTip(
        tr("How widely the patch's inner tokens look at each other: −Σⱼ aᵢⱼ ln aᵢⱼ, mean over queries and heads.\n"
           "Dashed: uniform, ln t. Dotted layers do not tell pixels apart. A click opens the layer."));
    m_bridge->setTextFormat(Qt::RichText);
    m_bridge->setAccessibleName(tr("From pixels to the patch"));
    auto* below = new QHBoxLayout;
    below->addWidget(m_bars, 3);
    auto* numbers = new QVBoxLayout;
    numbers->addWidget(makeTitle(tr("From pixels to the patch"), this));
    numbers->addWidget(m_bridge);
    numbers->addStretch(1);
    below->addLayout(numbers, 2);
    auto* column = new QVBoxLayout(this);
    column->addWidget(m_view, 1);
    column->addLayout(below);
    connect(m_bars, &LayerBars::chosen, &exploration, [&exploration](int layer) { exploration.setLayer(layer); });
    for (const auto signal : {&Exploration::traceChanged, &Exploration::placeChanged, &Exploration::hoverChanged})
        connect(&exploration, signal, this, &InsidePage::refresh);
}

void InsidePage::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    refresh();
}

void InsidePage::refresh()
{
    const std::shared_ptr<const Trace> trace = m_exploration.trace();
    if (!isVisible() || !trace || trace->innerAttention.empty())
        return;
    const int patch = m_exploration.shownPatch().value_or(m_view->patch());
    if (patch < 0 || patch >= trace->model->patches())
        return;
    const double most = std::log(double(trace->model->inner.tokens()));
    std::vector<std::optional<double>> values;
    std::vector<bool> flat;
    for (const double each : innerEntropies(*trace, patch)) {
        values.emplace_back(each);
        flat.push_back(isFlat(each, trace->model->inner));
    }
    m_bars->setBars(tr("inner entropy by layer, nats"), std::move(values), most, std::move(flat));
    m_bars->setCurrent(m_exploration.layer());
    showBridge(*trace, patch);
}

void InsidePage::showBridge(const Trace& trace, int patch)
{
    const int layer = m_exploration.layer();
    const auto at = static_cast<std::size_t>(layer);
    if (at >= trace.innerProjection.size() || trace.tokens.size() <= at)
        return m_bridge->clear();
    const Bridge parts = bridge(trace, layer);
    const NdArray before = trace.patchTokens(layer)[patch], added = trace.innerProjection[at][patch];
    std::vector<float> after(before.values().begin(), before.values().end());
    for (std::size_t i = 0; i < after.size(); ++i)
        after[i] += added.data()[i];
    const double length = norm(before.values());
    const auto row = [](const QString& name, double value) {
        return QStringLiteral("<tr><td>%1&nbsp;&nbsp;</td><td align='right'>%2</td></tr>")
            .arg(name, QString::number(value, 'f', 2));
    };
    m_bridge->setText(QStringLiteral("<table cellspacing='1'>") + row(tr("the patch before, ‖z‖"), length)
                      + row(tr("+ what every patch gets"), length * static_cast<double>(parts.constant.data()[patch]))
                      + row(tr("+ what its own pixels add"), length * static_cast<double>(parts.varying.data()[patch]))
                      + row(tr("the patch after, ‖z + p‖"), norm(after)) + QStringLiteral("</table>"));
    m_bridge->setToolTip(QString::fromStdString(toString(parts)));
}

QJsonValue InsidePage::state() const
{
    return m_view->state();
}

void InsidePage::restore(const QJsonValue& state)
{
    m_view->restore(state);
}

Figure InsidePage::figure() const
{
    return m_view->figure();
}

}  // namespace vitrine
