// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMenu>

#include "ui/session/exploration.h"

class QComboBox;
class QLabel;
class QSlider;

namespace vitrine {

class CanvasView;
class Chip;

/// How maps lie over the picture, all of it in one place: part of the picture, opacity, colours, scale, outliers, mass.
class DisplayMenu : public QMenu {
    Q_OBJECT

public:
    DisplayMenu(Exploration& exploration, CanvasView& canvas, QWidget* parent = nullptr);

private:
    QWidget* buildControls();
    void connectControls();
    void takeDisplay();

    Exploration& m_exploration;
    CanvasView& m_canvas;
    QComboBox* m_area = nullptr;
    QSlider* m_opacity = nullptr;
    QComboBox* m_colours = nullptr;
    std::vector<std::pair<Chip*, bool DisplaySettings::*>> m_switches;
    QSlider* m_mass = nullptr;
    QLabel* m_massText = nullptr;
};

}  // namespace vitrine
