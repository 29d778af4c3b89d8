// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/parts/wheel_steps.h"

#include <QWheelEvent>

#include <utility>

#include "ui/session/exploration.h"
#include "ui/views/parts/zoom_pan.h"

namespace vitrine {

namespace {

/// Steps of a wheel that follow one another so soon, in milliseconds, are one turn of it.
constexpr qint64 oneTurn = 600;

WheelUse& use()
{
    static WheelUse present = WheelUse::Zoom;
    return present;
}

}  // namespace

WheelUse wheelUse()
{
    return use();
}

void setWheelUse(WheelUse wanted)
{
    use() = wanted;
}

bool WheelSteps::turn(const QWheelEvent& event, Exploration& exploration)
{
    const bool shift = event.modifiers() & Qt::ShiftModifier;
    const bool control = event.modifiers() & Qt::ControlModifier;
    if (!shift && (wheelUse() == WheelUse::Zoom || control || ZoomPan::isSlide(event)))
        return false;
    // Fine wheels send parts of a step. Some systems turn Shift+wheel into a sideways one.
    m_left += shift ? event.angleDelta() : QPoint(0, event.angleDelta().y());
    const int sum = m_left.y() != 0 ? m_left.y() : m_left.x();
    const int steps = sum / QWheelEvent::DefaultDeltasPerStep;
    if (steps == 0)
        return true;
    m_left = {};
    if (!control) {
        const bool goesOn = m_lastLayer.isValid() && m_lastLayer.elapsed() < oneTurn;
        m_lastLayer.start();
        exploration.setLayer(exploration.layer() + steps, goesOn);
        return true;
    }
    HeadChoice heads = exploration.heads();
    heads.head = heads.fusion == HeadFusion::Single ? heads.head - steps : 0;
    heads.fusion = HeadFusion::Single;
    exploration.setHeads(heads);
    return true;
}

}  // namespace vitrine
