// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonValue>
#include <QWidget>

#include "ui/figure/figure.h"
#include "ui/session/exploration.h"
#include "ui/views/anatomy/anatomy_diagram.h"

class QLabel;
class QScrollArea;
class QSplitter;

namespace vitrine {

/// The walk through the network: every stage of the present model with its shape, and the chosen stage's numbers for
/// the present picture. The block shown is the exploration's layer.
class AnatomyView : public QWidget {
    Q_OBJECT

public:
    explicit AnatomyView(Exploration& exploration, QWidget* parent = nullptr);

    Figure figure() const;

    /// As a session keeps it.
    QJsonValue state() const;
    void restore(const QJsonValue& state);
    StageKind stage() const { return m_diagram->chosen(); }
    void setStage(StageKind stage) { m_diagram->choose(stage); }

protected:
    void showEvent(QShowEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

private:
    QWidget* makeDetails();
    void refresh();
    void showStage();
    void showCell(int row, int column);
    QString emptyMessage() const;
    QString whyNoNumbers(const AnatomyBox& box) const;

    Exploration& m_exploration;
    QSplitter* m_splitter;
    QScrollArea* m_scroll;
    AnatomyDiagram* m_diagram;
    QLabel* m_title;
    QLabel* m_sentence;
    QLabel* m_formula;
    QLabel* m_readout;
    StageNumbersWidget* m_numbers;
    std::shared_ptr<const Trace> m_shownTrace;
    std::optional<Place> m_shownPlace;
};

}  // namespace vitrine
