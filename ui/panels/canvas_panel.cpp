// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/canvas_panel.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QSlider>
#include <QVBoxLayout>

#include "ui/panels/flow_layout.h"
#include "ui/views/parts/chip.h"
#include "ui/views/canvas/token_chips.h"
#include "ui/views/canvas/value_bar.h"
#include "ui/views/parts/view_parts.h"

namespace vitrine {

namespace {

constexpr int massSteps = 1000;  ///< mass in tenths of a percent

QSlider* makeSlider(int maximum, int width, const QString& name, const QString& toolTip, QWidget* parent)
{
    auto* slider = new QSlider(Qt::Horizontal, parent);
    slider->setRange(0, maximum);
    slider->setFixedWidth(width);
    slider->setAccessibleName(name);
    slider->setToolTip(toolTip);
    return slider;
}

Chip* makeSwitch(const QString& text, const QString& toolTip, QWidget* parent)
{
    auto* chip = new Chip(text, parent);
    chip->setToolTip(toolTip);
    chip->setAccessibleName(toolTip);
    return chip;
}

/// A label and its control, kept together when the row breaks.
QWidget* labelled(const QString& text, std::initializer_list<QWidget*> controls, QWidget* parent)
{
    auto* group = new QWidget(parent);
    auto* row = new QHBoxLayout(group);
    row->setContentsMargins(0, 0, 0, 0);
    auto* label = new QLabel(text, group);
    row->addWidget(label);
    label->setBuddy(*controls.begin());
    for (QWidget* control : controls)
        row->addWidget(control);
    return group;
}

} // namespace

CanvasPanel::CanvasPanel(Exploration& exploration, QWidget* parent)
    : QWidget(parent)
    , m_exploration(exploration)
    , m_canvas(new CanvasView(exploration, this))
    , m_chips(new TokenChips(exploration, this))
    , m_about(makeReadout(this))
{
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(8, 6, 8, 6);
    column->addWidget(m_chips);
    m_about->setAccessibleName(tr("What the map shows"));
    column->addWidget(m_about);
    auto* middle = new QHBoxLayout;
    middle->addWidget(m_canvas, 1);
    middle->addWidget(new ValueBar(exploration, this));
    column->addLayout(middle, 1);
    column->addWidget(buildControls());
    setFocusProxy(m_canvas);

    connect(&exploration, &Exploration::displayChanged, this, &CanvasPanel::takeDisplay);
    for (const auto signal : {&Exploration::traceChanged, &Exploration::placeChanged, &Exploration::mapProvided})
        connect(&exploration, signal, this, &CanvasPanel::takeMethod);
    takeDisplay();
    takeMethod();
}

void CanvasPanel::takeMethod()
{
    const Method* method = m_exploration.method();
    m_chips->setVisible(!method);
    m_about->setVisible(method);
    m_about->setMinimumHeight(m_chips->sizeHint().height());
    if (!method)
        return;
    const std::optional<MapRequest> request = m_exploration.request(*method);
    const MapAnswer* answer = request ? m_exploration.answer(*request) : nullptr;
    const QString sentence = QString::fromUtf8(method->sentence.data(), static_cast<qsizetype>(method->sentence.size()));
    if (!request && m_exploration.isChanged()) {
        m_about->setText(tr("%1 explains the network's own pass, and this one was changed (Shift+E restores it).").arg(mapName(m_exploration)));
        return;
    }
    m_about->setText(answer && !answer->problem.isEmpty() ? answer->problem : sentence);
}

void CanvasPanel::setMapProgress(double fraction)
{
    if (m_exploration.missingMap())
        m_about->setText(tr("%1: %2 % · Esc stops").arg(mapName(m_exploration)).arg(qRound(100 * fraction)));
}

template <typename Change> void CanvasPanel::change(Change change)
{
    DisplaySettings display = m_exploration.display();
    change(display);
    m_exploration.setDisplay(display);
}

QWidget* CanvasPanel::buildControls()
{
    auto* controls = new QWidget(this);
    auto* row = new FlowLayout(controls);
    m_area = makeChoice(tr("Part of the picture"),
                        tr("What the model gets, the whole picture with the crop on it, or the model's own pixels (W)"),
                        controls);
    m_area->addItems({tr("crop"), tr("whole"), tr("model's pixels")});
    m_opacity = makeSlider(100, 110, tr("Opacity of the map"), tr("Opacity of the map over the picture (I / O; V hides it)"),
                           controls);
    m_colours = makeChoice(tr("Colour map"), tr("Colour map (L, Shift+L)"), controls);
    for (int map = 0; map <= static_cast<int>(ColourMap::Grey); ++map)
        m_colours->addItem(toString(static_cast<ColourMap>(map)));
    m_smooth = makeSwitch(tr("smooth"), tr("Smooth between patches instead of cells (U)"), controls);
    m_grid = makeSwitch(tr("grid"), tr("Patch grid (G)"), controls);
    m_shared = makeSwitch(tr("shared scale"), tr("One colour scale for all layers and heads instead of each map's own (Shift+N)"),
                          controls);
    m_outliers = makeSwitch(tr("ignore outliers"),
                            tr("Leave patches with outlier norms (marked with a corner) out of the scale and the mass (T)"),
                            controls);
    m_mass = makeSlider(massSteps, 110, tr("Part of the attention that is shown"),
                        tr("Show only the patches that hold this part of the attention (Shift+I / Shift+O)"), controls);
    m_massText = new QLabel(controls);
    m_massText->setMinimumWidth(m_massText->fontMetrics().horizontalAdvance(tr("%1 % of attention").arg(QStringLiteral("99.9"))));
    row->addWidget(m_area);
    row->addWidget(labelled(tr("Overlay"), {m_opacity, m_colours}, controls));
    for (Chip* chip : {m_smooth, m_grid, m_shared, m_outliers})
        row->addWidget(chip);
    row->addWidget(labelled(tr("show"), {m_mass, m_massText}, controls));

    connect(m_area, &QComboBox::currentIndexChanged, m_canvas, [this](int index) { m_canvas->setArea(static_cast<CanvasArea>(index)); });
    connect(m_canvas, &CanvasView::areaChanged, this, [this] { m_area->setCurrentIndex(static_cast<int>(m_canvas->area())); });
    connect(m_opacity, &QSlider::valueChanged, this, [this](int value) { change([=](auto& d) { d.opacity = value / 100.0; }); });
    connect(m_colours, &QComboBox::currentIndexChanged, this,
            [this](int index) { change([=](auto& d) { d.colours = static_cast<ColourMap>(index); }); });
    connect(m_smooth, &Chip::toggled, this, [this](bool on) { change([=](auto& d) { d.smooth = on; }); });
    connect(m_grid, &Chip::toggled, this, [this](bool on) { change([=](auto& d) { d.grid = on; }); });
    connect(m_shared, &Chip::toggled, this, [this](bool on) { change([=](auto& d) { d.sharedScale = on; }); });
    connect(m_outliers, &Chip::toggled, this, [this](bool on) { change([=](auto& d) { d.ignoreOutliers = on; }); });
    connect(m_mass, &QSlider::valueChanged, this,
            [this](int value) { change([=](auto& d) { d.mass = double(value) / massSteps; }); });
    return controls;
}

void CanvasPanel::takeDisplay()
{
    const DisplaySettings& display = m_exploration.display();
    m_opacity->setValue(qRound(display.opacity * 100));
    m_colours->setCurrentIndex(static_cast<int>(display.colours));
    m_smooth->setChecked(display.smooth);
    m_grid->setChecked(display.grid);
    m_shared->setChecked(display.sharedScale);
    m_outliers->setChecked(display.ignoreOutliers);
    m_mass->setValue(qRound(display.mass * massSteps));
    m_massText->setText(tr("%1 % of attention").arg(display.mass * 100, 0, 'g', 4));
}

} // namespace vitrine
