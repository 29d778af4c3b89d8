// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QSortFilterProxyModel>
#include <QWidget>

#include "ui/figure/figure.h"
#include "ui/models/predictions_model.h"
#include "ui/session/exploration.h"

class QLabel;
class QLineEdit;
class QScrollArea;
class QSpinBox;
class QStackedWidget;
class QTableView;

namespace vitrine {

class PredictionsChartView;

/// The most probable classes as bars, and any class by search. A click chooses the class that explanations ask about.
class PredictionsView : public QWidget {
    Q_OBJECT

public:
    explicit PredictionsView(Exploration& exploration, QWidget* parent = nullptr);

    /// The bars that are shown, and all classes' logits and probabilities as numbers.
    Figure figure() const;

    /// How many bars, 1 .. 20.
    int shownClasses() const;
    void setShownClasses(int count);
    /// Puts the cursor into the search for a class.
    void find();

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void fitExplanation();
    void buildHeader();
    void buildSearchResults();
    void takeTrace();
    void takeChange();
    void takePlace();
    void choose(int classIndex);
    void showPage();

    Exploration& m_exploration;
    PredictionsModel m_best;
    PredictionsModel m_all;
    QSortFilterProxyModel m_matches;
    QLineEdit* m_search;
    QSpinBox* m_count;
    QStackedWidget* m_pages;
    QLabel* m_empty;
    QScrollArea* m_scroll;
    PredictionsChartView* m_chart;
    QTableView* m_table;
    QLabel* m_change;  ///< what was changed in the pass
    QLabel* m_chosen;
    QLabel* m_explanation;
};

}  // namespace vitrine
