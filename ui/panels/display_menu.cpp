// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/display_menu.h"

#include <QComboBox>
#include <QFormLayout>
#include <QGridLayout>
#include <QLabel>
#include <QSlider>
#include <QWidgetAction>

#include "ui/panels/explore_steps.h"
#include "ui/views/canvas/canvas_view.h"
#include "ui/views/parts/chip.h"
#include "ui/views/parts/view_parts.h"

namespace vitrine {

namespace {

constexpr int massSteps = 1000;  ///< mass in tenths of a percent

QSlider* makeSlider(int maximum, const QString& name, const QString& toolTip, QWidget* parent)
{
    auto* slider = new QSlider(Qt::Horizontal, parent);
    slider->setRange(0, maximum);
    slider->setMinimumWidth(170);
    slider->setAccessibleName(name);
    slider->setToolTip(toolTip);
    return slider;
}

}  // namespace

DisplayMenu::DisplayMenu(Exploration& exploration, CanvasView& canvas, QWidget* parent)
    : QMenu(tr("Display"), parent)
    , m_exploration(exploration)
    , m_canvas(canvas)
{
    auto* action = new QWidgetAction(this);
    action->setText(tr("How maps lie over the picture"));
    action->setDefaultWidget(buildControls());
    addAction(action);
    connectControls();
    takeDisplay();
}

QWidget* DisplayMenu::buildControls()
{
    auto* controls = new QWidget(this);
    auto* form = new QFormLayout(controls);
    m_area = makeChoice(tr("Part of the picture"),
                        tr("What the model gets, the whole picture with the crop on it, or the model's own pixels ({Crop, "
                           "whole picture, model's pixels})"),
                        controls);
    m_area->addItems({tr("crop"), tr("whole"), tr("model's pixels")});
    m_opacity = makeSlider(100, tr("Opacity of the map"),
                           tr("Opacity of the map over the picture ({Less opacity} / {More opacity}; {Heat map} hides it)"),
                           controls);
    m_colours = makeChoice(tr("Colour map"), tr("Colour map ({Next colour map}, {Previous colour map})"), controls);
    for (int map = 0; map <= static_cast<int>(ColourMap::Grey); ++map)
        m_colours->addItem(toString(static_cast<ColourMap>(map)));
    m_mass = makeSlider(
        massSteps, tr("Part of the attention that is shown"),
        tr("Show only the patches that hold this part of the attention ({Less of the attention} / {More of the attention})"),
        controls);
    m_massText = new QLabel(controls);
    auto* switches = new QGridLayout;
    const auto add = [&](const QString& text, const QString& toolTip, bool DisplaySettings::*which) {
        auto* chip = new Chip(text, controls);
        chip->setToolTip(toolTip);
        chip->setAccessibleName(toolTip);
        const auto at = static_cast<int>(m_switches.size());
        switches->addWidget(chip, at / 2, at % 2);
        m_switches.emplace_back(chip, which);
    };
    add(tr("grid"), tr("Patch grid ({Grid})"), &DisplaySettings::grid);
    add(tr("smooth"), tr("Smooth between patches instead of cells ({Smooth instead of cells})"), &DisplaySettings::smooth);
    add(tr("opacity by value"), tr("What is low leaves the picture as it is ({Opacity grows with the weight})"),
        &DisplaySettings::byValue);
    add(tr("ignore outliers"),
        tr("Leave patches with outlier norms (marked with a corner) out of the scale and the mass ({Ignore outlier patches})"),
        &DisplaySettings::ignoreOutliers);
    add(tr("shared scale"),
        tr("One colour scale for all layers and heads instead of each map's own ({One scale for all maps})"),
        &DisplaySettings::sharedScale);
    add(tr("logarithmic"), tr("Equal steps of colour are equal factors, three decades of them"), &DisplaySettings::logarithmic);
    form->addRow(tr("Picture"), m_area);
    form->addRow(tr("Opacity"), m_opacity);
    form->addRow(tr("Colours"), m_colours);
    form->addRow(tr("Map"), switches);
    form->addRow(tr("Show"), m_mass);
    form->addRow(QString(), m_massText);
    return controls;
}

void DisplayMenu::connectControls()
{
    connect(m_area, &QComboBox::currentIndexChanged, &m_canvas,
            [this](int index) { m_canvas.setArea(static_cast<CanvasArea>(index)); });
    connect(&m_canvas, &CanvasView::areaChanged, this, [this] { m_area->setCurrentIndex(static_cast<int>(m_canvas.area())); });
    connect(m_opacity, &QSlider::valueChanged, this,
            [this](int value) { changeDisplay(m_exploration, [=](auto& d) { d.opacity = value / 100.0; }); });
    connect(m_colours, &QComboBox::currentIndexChanged, this,
            [this](int index) { changeDisplay(m_exploration, [=](auto& d) { d.colours = static_cast<ColourMap>(index); }); });
    for (const auto& [chip, which] : m_switches)
        connect(chip, &Chip::toggled, this,
                [this, which = which](bool on) { changeDisplay(m_exploration, [=](auto& d) { d.*which = on; }); });
    connect(m_mass, &QSlider::valueChanged, this,
            [this](int value) { changeDisplay(m_exploration, [=](auto& d) { d.mass = double(value) / massSteps; }); });
    connect(&m_exploration, &Exploration::displayChanged, this, &DisplayMenu::takeDisplay);
}

void DisplayMenu::takeDisplay()
{
    const DisplaySettings display = m_exploration.display();
    m_opacity->setValue(qRound(display.opacity * 100));
    m_colours->setCurrentIndex(static_cast<int>(display.colours));
    for (const auto& [chip, which] : m_switches)
        chip->setChecked(display.*which);
    m_mass->setValue(qRound(display.mass * massSteps));
    m_massText->setText(display.mass < 1 ? tr("the patches with %1 % of the attention").arg(display.mass * 100, 0, 'g', 4)
                                         : tr("all patches"));
}

}  // namespace vitrine
