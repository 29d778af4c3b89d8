// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/playback.h"

#include <QScopedValueRollback>

#include <utility>

namespace vitrine {

Playback::Playback(Exploration& exploration, QObject* parent)
    : QObject(parent)
    , m_exploration(exploration)
{
    // Slow enough to read a map before the next one comes.
    m_timer.setInterval(std::chrono::milliseconds(2500));
    connect(&m_timer, &QTimer::timeout, this, &Playback::step);
    connect(&exploration, &Exploration::placeChanged, this, [this] {
        if (!m_stepping)
            stop();
    });
    connect(&exploration, &Exploration::traceChanged, this, [this] {
        if (!m_exploration.trace())
            stop();
    });
}

void Playback::setInterval(std::chrono::milliseconds interval)
{
    m_timer.setInterval(interval);
}

void Playback::play(Walk walk)
{
    m_walk = walk;
    if (isPlaying() || !m_exploration.trace())
        return;
    m_begins = true;
    m_timer.start();
    Q_EMIT playingChanged(true);
}

void Playback::stop()
{
    if (!isPlaying())
        return;
    m_timer.stop();
    Q_EMIT playingChanged(false);
}

void Playback::toggle(Walk walk)
{
    if (isPlaying() && walk == m_walk)
        stop();
    else
        play(walk);
}

void Playback::step()
{
    if (!m_exploration.trace())
        return;
    const QScopedValueRollback stepping(m_stepping, true);
    const ModelSpec& spec = *m_exploration.trace()->model;
    Place place = m_exploration.place();
    if (m_walk == Walk::Layers)
        place.layer = (place.layer + 1) % spec.layers;
    else
        place.pinned = (m_exploration.query() + 1) % spec.tokens();
    // The way back leads to where the walk began, not through all its steps.
    if (std::exchange(m_begins, false))
        m_exploration.setPlace(place);
    else
        m_exploration.passTo(place);
}

}  // namespace vitrine
