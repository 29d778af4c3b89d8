// SPDX-License-Identifier: GPL-3.0-or-later
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QVBoxLayout>

#include "ui/models/predictions_model.h"
#include "ui/views/parts/colour_key.h"
#include "ui/views/compare/compare_view.h"
#include "ui/views/parts/view_parts.h"

namespace vitrine {

ComparePane::ComparePane(Exploration& exploration, const QString& letter, QWidget* parent)
    : QWidget(parent)
    , m_exploration(exploration)
    , m_letter(letter)
    , m_title(new QLabel(this))
    , m_models(makeChoice(tr("Model of this side"), tr("The model of this side"), this))
    , m_pictures(makeChoice(tr("Picture of this side"), tr("The picture of this side"), this))
    , m_classes(makeReadout(this))
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
    header->addWidget(m_models);
    header->addWidget(m_pictures);
    header->addWidget(m_layer);
    header->addWidget(m_heads);
    header->addStretch(1);
    auto* picture = new QHBoxLayout;
    picture->addWidget(m_canvas, 1);
    picture->addWidget(m_key);
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(m_title);
    layout->setContentsMargins(6, 2, 6, 2);
    layout->setSpacing(3);
    layout->addLayout(header);
    layout->addWidget(m_classes);
    layout->addLayout(picture, 1);
    buildChoices();

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

void ComparePane::buildChoices()
{
    m_classes->setAccessibleName(tr("The most probable classes"));
    for (QComboBox* box : {m_models, m_pictures}) {
        box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        box->setMinimumContentsLength(7);
        box->hide();
    }
    connect(m_models, &QComboBox::activated, this,
            [this](int index) { Q_EMIT modelChosen(m_models->itemData(index).toString()); });
    connect(m_pictures, &QComboBox::activated, this, &ComparePane::pictureChosen);
}

void ComparePane::offerModels(const QList<std::pair<QString, QString>>& titlesAndNames)
{
    const QVariant present = m_models->currentData();
    m_models->clear();
    for (const auto& [title, name] : titlesAndNames)
        m_models->addItem(title, name);
    m_models->insertSeparator(m_models->count());
    m_models->addItem(tr("Open…"), QString());
    m_models->setVisible(!titlesAndNames.isEmpty());
    showModel(present.toString());
}

void ComparePane::offerPictures(QAbstractItemModel* pictures)
{
    m_pictures->setModel(pictures);
    m_pictures->show();
}

void ComparePane::showModel(const QString& nameOrPath)
{
    m_models->setCurrentIndex(nameOrPath.isEmpty() ? -1 : m_models->findData(nameOrPath));
}

void ComparePane::takeClasses()
{
    const std::shared_ptr<const Trace> trace = m_exploration.trace();
    QStringList parts;
    if (trace && !trace->logits.empty())
        for (const Prediction& each : topK(trace->logits, 3))
            parts.append(QStringLiteral("%1 %2").arg(QString::fromStdString(trace->model->label(each.index)),
                                                     formatPercent(static_cast<double>(each.probability))));
    m_classes->setText(parts.join(QStringLiteral(" · ")));
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
    takeClasses();
    m_pictures->setCurrentIndex(m_pictureName.isEmpty() ? -1 : m_pictures->findText(m_pictureName));
    QStringList parts{m_letter, model, m_pictureName};
    parts.removeAll(QString());
    m_title->setText(parts.join(QStringLiteral(" · ")));
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

}  // namespace vitrine
