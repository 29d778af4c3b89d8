// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QTimer>

#include <vector>

#include "ui/session/inference_controller.h"

namespace vitrine {

class BusyCard;
class Exploration;
class ModelChoice;
class Veil;

/// Shows that a model loads or a picture runs: a card that tells how far it is, and veils over maps that are of the picture
/// or the model before.
class BusySigns : public QObject {
    Q_OBJECT

public:
    /// The card lies over `pages`.
    BusySigns(Exploration& exploration, InferenceController& controller, const ModelChoice& models, QWidget* pages);

    void addVeil(QWidget* over);
    bool isStale() const { return m_isStale; }
    /// The maps are of what is named.
    void setFresh() { setStale(false); }

Q_SIGNALS:
    void staleChanged();
    /// Stop was pressed.
    void stopped();

private:
    void take(bool busy);
    void setStale(bool stale);

    Exploration& m_exploration;
    InferenceController& m_controller;
    const ModelChoice& m_models;
    BusyCard* m_card;
    std::vector<Veil*> m_veils;
    QTimer m_later;
    bool m_isStale = false;
};

}  // namespace vitrine
