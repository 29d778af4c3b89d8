// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

namespace vitrine {

class EntropyBars;
class Exploration;

/// What lies under the picture: the maps of all heads, and where there is room the entropy of all layers.
class Navigator : public QWidget {
    Q_OBJECT

public:
    explicit Navigator(Exploration& exploration, QWidget* parent = nullptr);

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    EntropyBars* m_bars;
};

}  // namespace vitrine
