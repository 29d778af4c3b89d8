// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "ui/figure/figure.h"
#include "ui/models/method_sheet_model.h"

class QLabel;
class QListView;

namespace vitrine {

class Chip;

/// The maps of all methods beside one another; a click covers the picture with one. Computed while it is visible.
class MethodSheetView : public QWidget {
    Q_OBJECT

public:
    /// All methods, or those that one backward pass is enough for, small, beside the picture.
    enum class Form { Page, Panel };

    explicit MethodSheetView(Exploration& exploration, Form form = Form::Page, QWidget* parent = nullptr);

    /// The next map that the sheet waits for; nothing while nobody sees it.
    std::optional<MapRequest> missingMap() const;
    /// The next map of which is to be measured whether to believe it.
    std::optional<MapRequest> missingJudgement() const;
    /// Asks for nothing more until another place or pass is looked at.
    void stop();
    Figure figure() const;

Q_SIGNALS:
    void mapMissing();

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    bool isSeen() const;
    void refresh();
    void begin();
    void lay();
    QString judgementText(int maps) const;

    Exploration& m_exploration;
    const Form m_form;
    MethodSheetModel m_model;
    QSize m_cell;  ///< of a map with its name
    bool m_stopped = false;
    Chip* m_judge;
    QLabel* m_title;
    QLabel* m_note;
    QListView* m_list;
};

}  // namespace vitrine
