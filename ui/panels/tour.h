// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>

#include <functional>
#include <vector>

#include "ui/session/exploration.h"

class QLabel;
class QPushButton;

namespace vitrine {

/// One thing to see: what it is, and what makes the window show it. It changes only what is looked at.
struct TourStep {
    QString title, text;
    std::function<void()> show;
};

/// The walk along the article on Vision Transformers: patches, positions, attention, heads, what it decides, inside a patch.
/// `showView` takes a view's name, `openTnt` is called where the present model is no TNT. Texts tell of the present model.
std::vector<TourStep> tourSteps(Exploration& exploration, const std::function<void(const QString&)>& showView,
                                const std::function<void()>& openTnt);

/// A card that leads through steps. It lies over the window, in one place whatever page is shown: its buttons stay under the
/// mouse.
class TourCard : public QFrame {
    Q_OBJECT

public:
    /// `pages`: its right edge is that of the card.
    TourCard(QWidget* over, QWidget& pages);

    void begin(std::vector<TourStep> steps);
    int step() const { return m_step; }
    bool eventFilter(QObject* watched, QEvent* event) override;

Q_SIGNALS:
    /// Skipped, or at its end.
    void ended();

private:
    void go(int step);
    void end();
    void place();

    QWidget& m_pages;
    std::vector<TourStep> m_steps;
    int m_step = 0;
    QLabel* m_title;
    QLabel* m_text;
    QPushButton* m_back;
    QPushButton* m_next;
};

}  // namespace vitrine
