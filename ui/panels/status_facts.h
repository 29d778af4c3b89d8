// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

class QLabel;
class QStatusBar;

namespace vitrine {

class Exploration;
class InferenceController;

/// What the picture became on its way to the model, and what the pass cost.
class StatusFacts : public QObject {
    Q_OBJECT

public:
    StatusFacts(QStatusBar& bar, const Exploration& exploration, const InferenceController& controller);

    /// `stale`: what is shown is of the picture or the model before.
    void refresh(bool stale);

private:
    const Exploration& m_exploration;
    const InferenceController& m_controller;
    QLabel* m_picture;
    QLabel* m_run;
};

}  // namespace vitrine
