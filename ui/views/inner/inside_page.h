// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonValue>
#include <QWidget>

#include "ui/figure/figure.h"
#include "ui/session/exploration.h"

class QLabel;

namespace vitrine {

class InnerView;
class LayerBars;

/// A patch of a TNT, large: its inner tokens, how evenly they look at each other in every layer, and what of them reaches
/// the patch embedding.
class InsidePage : public QWidget {
    Q_OBJECT

public:
    explicit InsidePage(Exploration& exploration, QWidget* parent = nullptr);

    InnerView& view() { return *m_view; }
    LayerBars& bars() { return *m_bars; }
    Figure figure() const;

    /// As a session keeps it.
    QJsonValue state() const;
    void restore(const QJsonValue& state);

protected:
    void showEvent(QShowEvent* event) override;

private:
    void refresh();
    void showBridge(const Trace& trace, int patch);

    Exploration& m_exploration;
    InnerView* m_view;
    LayerBars* m_bars;
    QLabel* m_bridge;
};

}  // namespace vitrine
