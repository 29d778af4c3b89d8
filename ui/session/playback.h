// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QTimer>

#include <chrono>

#include "ui/session/exploration.h"

namespace vitrine {

/// Walks an exploration through the layers or through the queries by itself, one step a tick, in a circle. Stops when
/// a person goes elsewhere, or when there is no trace. GUI thread only.
class Playback : public QObject {
    Q_OBJECT

public:
    enum class Walk { Layers, Queries };

    explicit Playback(Exploration& exploration, QObject* parent = nullptr);

    bool isPlaying() const { return m_timer.isActive(); }
    Walk walk() const { return m_walk; }
    std::chrono::milliseconds interval() const { return m_timer.intervalAsDuration(); }
    void setInterval(std::chrono::milliseconds interval);

    /// Starts, or goes on with another walk. Nothing happens without a trace.
    void play(Walk walk);
    void stop();
    void toggle(Walk walk);
    /// One step of the present walk, as the timer does it.
    void step();

Q_SIGNALS:
    void playingChanged(bool playing);

private:
    Exploration& m_exploration;
    QTimer m_timer;
    Walk m_walk = Walk::Layers;
    bool m_begins = true;     ///< no step was made yet
    bool m_stepping = false;  ///< a change of ours is under way
};

}  // namespace vitrine
