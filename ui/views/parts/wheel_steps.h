// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QElapsedTimer>
#include <QPoint>

class QWheelEvent;

namespace vitrine {

class Exploration;

enum class WheelUse { Zoom, Layers };

/// What the wheel alone does over the picture and the matrix, in every window, as the palette is. GUI thread.
WheelUse wheelUse();
void setWheelUse(WheelUse use);

/// A wheel that walks through layers, with Shift or where wheelUse() says so, or with Ctrl+Shift through heads.
class WheelSteps {
public:
    /// False where the wheel is not for that: it zooms.
    bool turn(const QWheelEvent& event, Exploration& exploration);

private:
    QPoint m_left;  ///< parts of a step
    QElapsedTimer m_lastLayer;
};

}  // namespace vitrine
