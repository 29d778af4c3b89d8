// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "ui/session/exploration.h"
#include "ui/views/canvas/canvas_view.h"

class QComboBox;
class QLabel;
class QSlider;

namespace vitrine {

class Chip;
class TokenChips;

/// The canvas with what belongs to it: chips above, colour bar beside, controls of the overlay below.
class CanvasPanel : public QWidget {
    Q_OBJECT

public:
    explicit CanvasPanel(Exploration& exploration, QWidget* parent = nullptr);

    CanvasView& canvas() { return *m_canvas; }
    /// How much of the method's map is done; shown while it is missing.
    void setMapProgress(double fraction);
    TokenChips& chips() { return *m_chips; }

private:
    QWidget* buildControls();
    void takeDisplay();
    void takeMethod();
    template <typename Change> void change(Change change);

    Exploration& m_exploration;
    CanvasView* m_canvas;
    TokenChips* m_chips;
    QLabel* m_about;  ///< of the method, in place of the chips
    QComboBox* m_area;
    QSlider* m_opacity;
    QComboBox* m_colours;
    Chip* m_smooth;
    Chip* m_grid;
    Chip* m_shared;
    Chip* m_outliers;
    QSlider* m_mass;
    QLabel* m_massText;
};

} // namespace vitrine
