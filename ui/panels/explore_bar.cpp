// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/explore_bar.h"

#include <QButtonGroup>
#include <QComboBox>
#include <QCoreApplication>
#include <QLabel>
#include <QSlider>

#include <algorithm>

#include "ui/panels/severity_icon.h"
#include "ui/views/parts/chip.h"
#include "ui/views/parts/view_parts.h"

namespace vitrine {

namespace {

/// The item that opens a file instead of naming a model.
constexpr int openRole = Qt::UserRole + 1;

/// The first three entries fuse heads; head h stands behind them.
constexpr std::array fusions{HeadFusion::Mean, HeadFusion::Max, HeadFusion::Min};

} // namespace

QString sentence(const Assumption& assumption)
{
    const QString text = QString::fromStdString(assumption.text);
    switch (assumption.severity) {
    case Severity::Doubtful:
        return QCoreApplication::translate("vitrine::ExploreBar", "Doubtful: %1").arg(text);
    case Severity::Unreliable:
        return QCoreApplication::translate("vitrine::ExploreBar", "Unreliable: %1").arg(text);
    case Severity::Information:
        break;
    }
    return QCoreApplication::translate("vitrine::ExploreBar", "Assumed: %1").arg(text);
}

QStringList describe(const ModelSpec& spec)
{
    const QString family = spec.family == Family::Tnt ? QStringLiteral("TNT") : QStringLiteral("ViT");
    QStringList lines{
        QCoreApplication::translate("vitrine::ExploreBar", "%1 in the names of %2, %L3 parameters")
            .arg(family, QString::fromStdString(spec.source)).arg(spec.parameters),
        QCoreApplication::translate("vitrine::ExploreBar", "%1 layers × %2 heads, width %3, %4 × %5 patches of %6 × %7 pixels")
            .arg(spec.layers).arg(spec.heads).arg(spec.width).arg(spec.gridHeight()).arg(spec.gridWidth())
            .arg(spec.patchHeight).arg(spec.patchWidth)};
    for (const Assumption& assumption : spec.assumed)
        lines.append(sentence(assumption));
    return lines;
}

ExploreBar::ExploreBar(Exploration& exploration, const std::vector<BundledModel>& bundled, QWidget* parent)
    : QToolBar(tr("Explore"), parent)
    , m_exploration(exploration)
{
    setObjectName(QStringLiteral("explore"));
    buildModels(bundled);
    addSeparator();
    buildMethods();
    addSeparator();
    auto* layerLabel = new QLabel(tr(" Layer "), this);
    addWidget(layerLabel);
    m_layer = new QSlider(Qt::Horizontal, this);
    m_layer->setFixedWidth(150);
    m_layer->setPageStep(1);
    m_layer->setAccessibleName(tr("Layer"));
    m_layer->setToolTip(tr("Layer (PgDn deeper, PgUp back, Shift+wheel over the picture)"));
    layerLabel->setBuddy(m_layer);
    addWidget(m_layer);
    m_layerText = new QLabel(this);
    m_layerText->setMinimumWidth(fontMetrics().horizontalAdvance(QStringLiteral(" 00 ")));
    m_layerText->setAlignment(Qt::AlignCenter);
    addWidget(m_layerText);

    addSeparator();
    auto* headLabel = new QLabel(tr(" Head "), this);
    addWidget(headLabel);
    m_heads = makeChoice(tr("Head"), tr("Head, or mean, max, min of heads (. next, , previous, M mean ⇄ head)"), this);
    m_heads->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    headLabel->setBuddy(m_heads);
    addWidget(m_heads);

    addSeparator();
    m_looksAt = new Chip(tr("looks at →"), this);
    m_lookedAtBy = new Chip(tr("← looked at by"), this);
    m_looksAt->setToolTip(tr("What the query looks at: a row of the attention matrix (X swaps)"));
    m_lookedAtBy->setToolTip(tr("Who looks at the patch: a column of the attention matrix (X swaps)"));
    auto* directions = new QButtonGroup(this);
    directions->addButton(m_looksAt);
    directions->addButton(m_lookedAtBy);
    addWidget(m_looksAt);
    addWidget(new QLabel(QStringLiteral(" "), this));
    addWidget(m_lookedAtBy);

    connect(m_layer, &QSlider::valueChanged, &exploration, &Exploration::setLayer);
    connect(m_heads, &QComboBox::activated, this, [this](int index) {
        HeadChoice heads = m_exploration.heads();
        const bool fused = index < static_cast<int>(fusions.size());
        heads.fusion = fused ? fusions[static_cast<std::size_t>(index)] : HeadFusion::Single;
        if (!fused)
            heads.head = index - static_cast<int>(fusions.size());
        m_exploration.setHeads(heads);
    });
    connect(m_looksAt, &Chip::clicked, this, [this] { m_exploration.setDirection(Direction::LooksAt); });
    connect(m_lookedAtBy, &Chip::clicked, this, [this] { m_exploration.setDirection(Direction::LookedAtBy); });
    connect(&exploration, &Exploration::traceChanged, this, &ExploreBar::takeTrace);
    connect(&exploration, &Exploration::placeChanged, this, &ExploreBar::takePlace);
    takeTrace();
}

void ExploreBar::buildModels(const std::vector<BundledModel>& bundled)
{
    m_models = makeChoice(tr("Model"), tr("Model"), this);
    m_models->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    m_models->setMaximumWidth(330);
    m_models->setPlaceholderText(tr("no model"));
    for (const BundledModel& model : bundled)
        m_models->addItem(model.title, model.name);
    m_models->insertSeparator(m_models->count());
    m_models->addItem(tr("Open a checkpoint…"));
    m_models->setItemData(m_models->count() - 1, true, openRole);
    m_models->setCurrentIndex(-1);  // until one is loaded
    addWidget(m_models);
    m_assumed = addAction(tr("What was assumed about the model"));
    m_assumed->setVisible(false);
    connect(m_assumed, &QAction::triggered, this, &ExploreBar::assumptionsWanted);
    connect(m_models, &QComboBox::activated, this, [this](int index) {
        if (m_models->itemData(index, openRole).toBool())
            Q_EMIT openModelRequested();
        else
            Q_EMIT modelChosen(m_models->itemData(index).toString());
    });
}

void ExploreBar::buildMethods()
{
    auto* label = new QLabel(tr(" Map "), this);
    addWidget(label);
    m_methods = makeChoice(tr("Map"), tr("What covers the picture: the attention of a token, or what a method says about all of it (J, Shift+J)"), this);
    m_methods->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    label->setBuddy(m_methods);
    addWidget(m_methods);
    m_ofClass = new QLabel(this);
    m_ofClass->setToolTip(tr("The class that the map is of: a click in the predictions chooses another one,\n"
                             "Ctrl+click one that it is contrasted with"));
    m_ofClassAction = addWidget(m_ofClass);
    connect(m_methods, &QComboBox::activated, this, [this](int index) {
        const QString id = m_methods->itemData(index).toString();
        m_exploration.setMethod(id.isEmpty() ? nullptr : &findMethod(id.toStdString()));
    });
}

void ExploreBar::fillMethods()
{
    const auto& trace = m_exploration.trace();
    if (!trace || m_filledMethods.lock() == trace->model)
        return;
    m_filledMethods = trace->model;
    m_methods->clear();
    m_methods->addItem(tr("attention of a token"));
    m_methods->setItemData(0, tr("What the hovered or pinned token looks at, or who looks at it."), Qt::ToolTipRole);
    m_methods->insertSeparator(1);
    for (const Method& method : methods()) {
        if (!whyNot(method, *trace->model).empty())
            continue;
        const QString id = QString::fromUtf8(method.id);
        m_methods->addItem(id, id);
        m_methods->setItemData(m_methods->count() - 1, aboutOf(method), Qt::ToolTipRole);
    }
}

QString ExploreBar::classText() const
{
    const Place& place = m_exploration.place();
    const std::optional<int> of = m_exploration.shownClass();
    if (!place.method || !place.method->isOfClass || !of)
        return {};
    const ModelSpec& spec = *m_exploration.trace()->model;
    const QString name = QString::fromStdString(spec.label(*of));
    return place.against ? tr(" of %1 against %2 ").arg(name, QString::fromStdString(spec.label(*place.against)))
                         : tr(" of %1 ").arg(name);
}

void ExploreBar::setModel(const LoadedModel& model)
{
    const QString title = tr("%1 · %2 px · %3 layers × %4 heads")
                              .arg(QString::fromStdString(model.spec->name)).arg(model.spec->imageWidth)
                              .arg(model.spec->layers).arg(model.spec->heads);
    int index = m_models->findData(model.source.nameOrPath);
    if (index < 0) {
        m_models->insertItem(0, title, model.source.nameOrPath);
        index = 0;
    }
    m_models->setItemText(index, fontMetrics().elidedText(title, Qt::ElideMiddle, m_models->maximumWidth() - 40));
    m_models->setCurrentIndex(index);
    const QStringList lines = describe(*model.spec);
    m_models->setToolTip(QStringLiteral("<qt>") + lines.join(u'\n').toHtmlEscaped().replace(u'\n', QStringLiteral("<br>"))
                         + QStringLiteral("</qt>"));
    m_models->setAccessibleDescription(lines.join(u' '));
    m_assumed->setVisible(!model.spec->assumed.empty());
    m_assumed->setIcon(severityIcon(model.spec->doubt()));
    m_assumed->setToolTip(m_models->toolTip());
}

void ExploreBar::takeTrace()
{
    const auto& trace = m_exploration.trace();
    for (QWidget* control : std::initializer_list<QWidget*>{m_methods, m_layer, m_heads, m_looksAt, m_lookedAtBy})
        control->setEnabled(trace != nullptr);
    if (trace) {
        const QSignalBlocker quiet(m_layer);
        m_layer->setRange(0, std::max(0, trace->layers() - 1));
    }
    fillHeads();
    fillMethods();
    takePlace();
}

void ExploreBar::fillHeads()
{
    const auto& trace = m_exploration.trace();
    const int heads = trace ? trace->model->heads : std::max(0, m_filledHeads);
    if (heads == m_filledHeads)
        return;
    m_filledHeads = heads;
    m_heads->clear();
    m_heads->addItems({tr("mean"), tr("max"), tr("min")});
    for (int head = 0; head < heads; ++head)
        m_heads->addItem(tr("head %1").arg(head));
}

void ExploreBar::takePlace()
{
    const QSignalBlocker quiet(m_layer);
    m_layer->setValue(m_exploration.layer());
    m_layerText->setText(QString::number(m_exploration.layer()));
    const HeadChoice& heads = m_exploration.heads();
    const auto fused = std::ranges::find(fusions, heads.fusion);
    m_heads->setCurrentIndex(fused != fusions.end() ? static_cast<int>(fused - fusions.begin())
                                                    : static_cast<int>(fusions.size()) + heads.head);
    const Method* method = m_exploration.method();
    m_methods->setCurrentIndex(method ? m_methods->findData(QString::fromUtf8(method->id)) : 0);
    m_ofClass->setText(fontMetrics().elidedText(classText(), Qt::ElideRight, 260));
    m_ofClassAction->setVisible(!m_ofClass->text().isEmpty());
    // A method fuses heads in its own way and has no direction.
    m_layer->setEnabled(m_exploration.trace() && (!method || hasLayer(*method)));
    for (QWidget* control : std::initializer_list<QWidget*>{m_heads, m_looksAt, m_lookedAtBy})
        control->setEnabled(m_exploration.trace() && !method);
    m_looksAt->setChecked(m_exploration.direction() == Direction::LooksAt);
    m_lookedAtBy->setChecked(m_exploration.direction() == Direction::LookedAtBy);
}

} // namespace vitrine
