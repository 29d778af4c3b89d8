// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLabel>
#include <QWidget>

#include <vector>

#include "ui/session/exploration.h"

namespace vitrine {

class Chip;

/// The tokens that are no patches (CLS, distillation, registers) as chips in the colour of their value, and the pinned
/// patch with a cross to let it go. Hover previews, click pins.
class TokenChips : public QWidget {
    Q_OBJECT

public:
    explicit TokenChips(Exploration& exploration, QWidget* parent = nullptr);

    /// The chips of the prefix tokens, in their order.
    const std::vector<Chip*>& chips() const { return m_chips; }

    /// They lie over the picture.
    void setBacked(bool backed);

Q_SIGNALS:
    void sizeChanged();

protected:
    void paintEvent(QPaintEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void rebuild();
    void refresh();

    Exploration& m_exploration;
    std::vector<Chip*> m_chips;
    Chip* m_patch;
    QLabel* m_role;
    bool m_backed = false;
};

}  // namespace vitrine
