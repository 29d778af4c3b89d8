// SPDX-License-Identifier: GPL-3.0-or-later
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QVBoxLayout>

#include "ui/views/parts/colour_key.h"
#include "ui/views/compare/compare_view.h"
#include "ui/views/parts/view_parts.h"

namespace vitrine {

ComparePane::ComparePane(Exploration& exploration, QWidget* parent)
    : QWidget(parent)
    , m_exploration(exploration)
    , m_title(new QLabel(this))
    , m_layer(new QSpinBox(this))
    , m_heads(makeChoice(tr("Heads"), tr("Which head, or how the heads are fused"), this))
    , m_canvas(new CanvasView(exploration, this))
    , m_key(new ColourKey(this))
{
    m_title->setTextFormat(Qt::PlainText);
    // A long name must not widen a pane.
    m_title->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_layer->setPrefix(tr("layer "));
    m_layer->setAccessibleName(tr("Layer"));
    auto* header = new QHBoxLayout;
    header->addWidget(m_layer);
    header->addWidget(m_heads);
    header->addStretch(1);
    auto* picture = new QHBoxLayout;
    picture->addWidget(m_canvas, 1);
    picture->addWidget(m_key);
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(m_title);
    layout->addLayout(header);
    layout->addLayout(picture, 1);

    connect(m_layer, &QSpinBox::valueChanged, this, [this](int layer) { m_exploration.setLayer(layer); });
    connect(m_heads, &QComboBox::activated, this, [this](int index) {
        constexpr HeadFusion fusions[] = {HeadFusion::Mean, HeadFusion::Max, HeadFusion::Min};
        m_exploration.setHeads(index < 3 ? HeadChoice{fusions[index], m_exploration.heads().head, {}}
                                         : HeadChoice{HeadFusion::Single, index - 3, {}});
    });
    connect(&exploration, &Exploration::traceChanged, this, &ComparePane::takeTrace);
    for (const auto signal : {&Exploration::placeChanged, &Exploration::hoverChanged, &Exploration::displayChanged})
        connect(&exploration, signal, this, &ComparePane::takePlace);
    connect(&exploration, &Exploration::attentionProvided, this, &ComparePane::takePlace);
    takeTrace();
}

void ComparePane::setPictureName(const QString& name)
{
    m_pictureName = name;
    takeTrace();
}

void ComparePane::takeTrace()
{
    const std::shared_ptr<const Trace> trace = m_exploration.trace();
    const QString model = trace ? QString::fromStdString(trace->model->name) : tr("no model");
    m_title->setText(m_pictureName.isEmpty() ? model : model + QStringLiteral(" · ") + m_pictureName);
    m_title->setToolTip(m_title->text());
    const QSignalBlocker quietLayer(m_layer), quietHeads(m_heads);
    m_layer->setRange(0, trace ? trace->layers() - 1 : 0);
    m_heads->clear();
    m_heads->addItems({tr("mean of heads"), tr("max of heads"), tr("min of heads")});
    for (int head = 0; trace && head < trace->model->heads; ++head)
        m_heads->addItem(tr("head %1").arg(head));
    for (QWidget* control : {static_cast<QWidget*>(m_layer), static_cast<QWidget*>(m_heads)})
        control->setEnabled(trace != nullptr);
    takePlace();
}

void ComparePane::takePlace()
{
    const QSignalBlocker quietLayer(m_layer), quietHeads(m_heads);
    m_layer->setValue(m_exploration.layer());
    const HeadChoice& heads = m_exploration.heads();
    m_heads->setCurrentIndex(heads.fusion == HeadFusion::Single ? 3 + heads.head
                             : heads.fusion == HeadFusion::Mean ? 0
                             : heads.fusion == HeadFusion::Max  ? 1
                                                                : 2);
    const std::optional<Heatmap> map = m_exploration.map();
    m_key->setVisible(map.has_value());
    if (map)
        m_key->setScale(map->range, coloursOf(*map, m_exploration.display()), {}, map->scale, uniformMark(m_exploration));
}

} // namespace vitrine
