// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/explore_bar.h"

#include <QAbstractItemView>
#include <QButtonGroup>
#include <QComboBox>
#include <QCoreApplication>
#include <QLabel>
#include <QMenu>
#include <QSlider>
#include <QToolButton>

#include <algorithm>
#include <utility>

#include "ui/panels/explore_steps.h"
#include "ui/panels/severity_icon.h"
#include "ui/views/parts/chip.h"
#include "ui/views/parts/view_parts.h"

namespace vitrine {

namespace {

/// The item that opens a file instead of naming a model.
constexpr int openRole = Qt::UserRole + 1;

/// The first three entries fuse heads; head h stands behind them.
constexpr std::array fusions{HeadFusion::Mean, HeadFusion::Max, HeadFusion::Min};

}  // namespace

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
    const QString architecture = spec.architecture == Architecture::Tnt ? QStringLiteral("TNT") : QStringLiteral("ViT");
    QStringList lines{QCoreApplication::translate("vitrine::ExploreBar", "%1 in the names of %2, %L3 parameters")
                          .arg(architecture, QString::fromStdString(spec.source))
                          .arg(spec.parameters),
                      QCoreApplication::translate("vitrine::ExploreBar",
                                                  "%1 layers × %2 heads, width %3, %4 × %5 patches of %6 × %7 pixels")
                          .arg(spec.layers)
                          .arg(spec.heads)
                          .arg(spec.width)
                          .arg(spec.gridHeight())
                          .arg(spec.gridWidth())
                          .arg(spec.patchHeight)
                          .arg(spec.patchWidth)};
    for (const Assumption& assumption : spec.assumed)
        lines.append(sentence(assumption));
    return lines;
}

ExploreBar::ExploreBar(Exploration& exploration, const std::vector<BundledModel>& bundled, QWidget* parent)
    : QToolBar(tr("Explore"), parent)
    , m_exploration(exploration)
{
    setObjectName(QStringLiteral("explore"));
    setMovable(false);
    setContextMenuPolicy(Qt::PreventContextMenu);
    buildModels(bundled);
    addSeparator();
    buildMethods();
    addSeparator();
    buildPlace();

    connect(m_layer, &QSlider::sliderPressed, this, [this] { m_pulling = false; });
    connect(m_layer, &QSlider::valueChanged, this,
            [this](int layer) { m_exploration.setLayer(layer, m_layer->isSliderDown() && std::exchange(m_pulling, true)); });
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
    connect(&exploration, &Exploration::hoverChanged, this, [this] {
        if (!m_exploration.method() && !m_exploration.pinned())
            m_of->setText(ofText());
    });
    takeTrace();
}

void ExploreBar::buildPlace()
{
    auto* layerLabel = new QLabel(tr(" Layer "), this);
    m_labels += addWidget(layerLabel);
    m_layer = new QSlider(Qt::Horizontal, this);
    m_layer->setPageStep(1);
    m_layer->setAccessibleName(tr("Layer"));
    m_layer->setToolTip(tr("Layer ({Layer deeper} deeper, {Layer back} back, Shift+wheel over the picture)"));
    layerLabel->setBuddy(m_layer);
    addWidget(m_layer);
    m_layerText = new QLabel(this);
    m_layerText->setMinimumWidth(fontMetrics().horizontalAdvance(QStringLiteral(" 00 ")));
    m_layerText->setAlignment(Qt::AlignCenter);
    addWidget(m_layerText);
    auto* headLabel = new QLabel(tr(" Head "), this);
    m_labels += addWidget(headLabel);
    m_heads = makeChoice(tr("Head"),
                         tr("Head, or mean, max, min of heads ({Next head} next, {Previous head} previous, {Mean of heads or "
                            "head} mean ⇄ head)"),
                         this);
    m_heads->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    headLabel->setBuddy(m_heads);
    addWidget(m_heads);
    addSeparator();
    m_looksAt = new Chip({}, this);
    m_lookedAtBy = new Chip({}, this);
    m_looksAt->setAccessibleName(tr("looks at"));
    m_lookedAtBy->setAccessibleName(tr("looked at by"));
    m_looksAt->setToolTip(tr("What the query looks at: a row of the attention matrix ({Looks at or looked at by} swaps)"));
    m_lookedAtBy->setToolTip(tr("Who looks at the patch: a column of the attention matrix ({Looks at or looked at by} swaps)"));
    auto* directions = new QButtonGroup(this);
    directions->addButton(m_looksAt);
    directions->addButton(m_lookedAtBy);
    addWidget(m_looksAt);
    addWidget(m_lookedAtBy);
}

void ExploreBar::resizeEvent(QResizeEvent* event)
{
    QToolBar::resizeEvent(event);
    const bool roomy = width() >= 1330, narrow = width() < 1130;
    for (QAction* label : m_labels)
        label->setVisible(roomy);
    for (QAction* action : m_switchActions)
        action->setVisible(!narrow);
    m_looksAt->setText(roomy ? tr("looks at →") : tr("→"));
    m_lookedAtBy->setText(roomy ? tr("← looked at by") : tr("←"));
    m_models->setMaximumWidth(roomy ? 250 : narrow ? 130 : 170);
    m_layer->setFixedWidth(roomy ? 120 : 90);
    m_methods->setMaximumWidth(roomy ? 190 : 150);
    m_of->setFixedWidth(roomy ? 150 : 110);
    takePlace();
}

void ExploreBar::addMenu(const QString& text, const QString& toolTip, QMenu* menu)
{
    auto* button = new QToolButton(this);
    button->setText(text + QStringLiteral(" ▾"));
    button->setStyleSheet(QStringLiteral("QToolButton::menu-indicator { image: none; }"));
    button->setToolTip(toolTip);
    button->setMenu(menu);
    button->setPopupMode(QToolButton::InstantPopup);
    addWidget(button);
}

void ExploreBar::showSwitch(const QString& model, bool both)
{
    for (const auto& [name, chip] : m_switches)
        chip->setChecked(!both && name == model);
    if (m_both) {
        m_both->setChecked(both);
        m_both->setEnabled(std::ranges::any_of(m_switches, [&](const auto& each) { return each.first == model; }));
    }
}

void ExploreBar::buildModels(const std::vector<BundledModel>& bundled)
{
    m_models = makeChoice(tr("Model"), tr("Model"), this);
    m_models->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_models->setMinimumContentsLength(12);
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
    for (const BundledModel& model : bundled) {
        auto* chip = new Chip(model.title, this);
        chip->setToolTip(tr("The bundled %1").arg(model.title));
        m_switches.emplace_back(model.name, chip);
        m_switchActions += addWidget(chip);
        connect(chip, &Chip::clicked, this, [this, chip, name = model.name] {
            chip->setChecked(true);
            Q_EMIT modelChosen(name);
        });
    }
    if (bundled.size() > 1) {
        m_both = new Chip(tr("both"), this);
        m_both->setToolTip(tr("The bundled models side by side on the same picture"));
        m_switchActions += addWidget(m_both);
        connect(m_both, &Chip::clicked, this, &ExploreBar::bothChosen);
    }
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
    m_labels += addWidget(label);
    m_methods = makeChoice(tr("Map"),
                           tr("What covers the picture: the attention of a token, or what a method says about all of it ({Next "
                              "method}, {Previous method})"),
                           this);
    m_methods->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_methods->setMinimumContentsLength(12);
    m_methods->view()->setTextElideMode(Qt::ElideNone);
    label->setBuddy(m_methods);
    addWidget(m_methods);
    m_of = new QToolButton(this);
    m_of->setPopupMode(QToolButton::InstantPopup);
    m_of->setStyleSheet(QStringLiteral("QToolButton::menu-indicator { image: none; }"));
    m_of->setAccessibleName(tr("What the map is of"));
    m_of->setToolTip(tr("What the map is of: a token, or a class (a click in the predictions chooses one,\n"
                        "Ctrl+click one that it is contrasted with)"));
    auto* choices = new QMenu(m_of);
    m_of->setMenu(choices);
    connect(choices, &QMenu::aboutToShow, this, &ExploreBar::fillOf);
    addWidget(m_of);
    connect(m_methods, &QComboBox::activated, this, [this](int index) {
        const QString id = m_methods->itemData(index).toString();
        const std::vector<TokenMapChoice> maps = tokenMapChoices(nullptr);
        if (const auto found = std::ranges::find(maps, id, &TokenMapChoice::id); found != maps.end())
            m_exploration.setTokenMap(found->map);
        else
            m_exploration.setMethod(&findMethod(id.toStdString()));
    });
}

void ExploreBar::fillMethods()
{
    const auto& trace = m_exploration.trace();
    if (!trace || m_filledMethods.lock() == trace->model)
        return;
    m_filledMethods = trace->model;
    m_methods->clear();
    for (const TokenMapChoice& choice : tokenMapChoices(trace.get())) {
        m_methods->addItem(choice.title, choice.id);
        m_methods->setItemData(m_methods->count() - 1, choice.about, Qt::ToolTipRole);
    }
    m_methods->insertSeparator(m_methods->count());
    for (const Method& method : methods()) {
        if (!whyNot(method, *trace->model).empty())
            continue;
        const QString id = QString::fromUtf8(method.id);
        m_methods->addItem(id, id);
        m_methods->setItemData(m_methods->count() - 1, aboutOf(method), Qt::ToolTipRole);
    }
}

QString ExploreBar::ofText() const
{
    const auto& trace = m_exploration.trace();
    if (!trace)
        return tr("of …");
    const ModelSpec& spec = *trace->model;
    const Place& place = m_exploration.place();
    const auto text = [](const std::string& name) { return QString::fromStdString(name); };
    QString of;
    if (!place.method && place.tokenMap == TokenMap::Pooling)
        of = tr("of the probe");
    else if (m_exploration.usesToken())
        of = tr("of %1").arg(text(spec.tokenName(m_exploration.shownToken())));
    else if (const std::optional<int> shown = m_exploration.shownClass(); place.method && place.method->isOfClass && shown)
        of = place.against ? tr("of %1 against %2").arg(text(spec.label(*shown)), text(spec.label(*place.against)))
                           : tr("of %1").arg(text(spec.label(*shown)));
    else
        of = tr("of the picture");
    return fontMetrics().elidedText(of, Qt::ElideRight, m_of->maximumWidth() - 26) + QStringLiteral(" ▾");
}

void ExploreBar::fillOf()
{
    QMenu& menu = *m_of->menu();
    menu.clear();
    const auto& trace = m_exploration.trace();
    if (!trace)
        return;
    const ModelSpec& spec = *trace->model;
    const Method* method = m_exploration.method();
    const auto add = [&](const QString& name, bool checked, auto run) {
        QAction* action = menu.addAction(QString(name).replace(u'&', QStringLiteral("&&")), this, run);
        action->setCheckable(true);
        action->setChecked(checked);
    };
    if (!method) {
        for (int token = 0; token < spec.prefixTokens(); ++token)
            add(QString::fromStdString(spec.tokenName(token)), m_exploration.query() == token,
                [this, token] { m_exploration.pin(token); });
        if (const std::optional<int> patch = m_exploration.shownPatch(); patch && m_exploration.pinned())
            add(QString::fromStdString(spec.tokenName(m_exploration.shownToken())), true, [] {});
        return;
    }
    if (!method->isOfClass || trace->logits.empty())
        return;
    for (const Prediction& each : topK(trace->logits, 8))
        add(QString::fromStdString(spec.label(each.index)), m_exploration.shownClass() == each.index,
            [this, index = each.index] { m_exploration.chooseClass(index); });
    menu.addSeparator();
    menu.addAction(tr("Find a class…"), this, &ExploreBar::findClassRequested);
}

void ExploreBar::setModel(const LoadedModel& model)
{
    // Short, for the row is; the tooltip has the rest.
    const QString name = fontMetrics().elidedText(QString::fromStdString(model.spec->name), Qt::ElideMiddle, 150);
    const QString title = tr("%1 · %2 px").arg(name).arg(model.spec->imageWidth);
    int index = m_models->findData(model.source.nameOrPath);
    if (index < 0) {
        m_models->insertItem(0, title, model.source.nameOrPath);
        index = 0;
    }
    m_models->setItemText(index, title);
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
    const std::vector<TokenMapChoice> maps = tokenMapChoices(nullptr);
    m_methods->setCurrentIndex(m_methods->findData(
        method ? QString::fromUtf8(method->id) : std::ranges::find(maps, m_exploration.tokenMap(), &TokenMapChoice::map)->id));
    m_of->setText(ofText());
    m_of->setEnabled(m_exploration.trace() && (method ? method->isOfClass : m_exploration.usesToken()));
    // A method fuses heads in its own way and has no direction.
    m_layer->setEnabled(m_exploration.trace() && m_exploration.usesLayer());
    m_heads->setEnabled(m_exploration.trace() && m_exploration.usesHeads());
    for (QWidget* control : std::initializer_list<QWidget*>{m_looksAt, m_lookedAtBy})
        control->setEnabled(m_exploration.showsAttention() && m_exploration.trace());
    m_looksAt->setChecked(m_exploration.direction() == Direction::LooksAt);
    m_lookedAtBy->setChecked(m_exploration.direction() == Direction::LookedAtBy);
}

}  // namespace vitrine
