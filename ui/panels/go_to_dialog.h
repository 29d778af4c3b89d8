// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>

#include "ui/session/exploration.h"

class QLabel;
class QLineEdit;
class QPushButton;

namespace vitrine {

/// Ctrl+G: type "layer 5 head 2 patch 6,9", see at once where that leads, Enter goes there.
class GoToDialog : public QDialog {
    Q_OBJECT

public:
    explicit GoToDialog(Exploration& exploration, QWidget* parent = nullptr);

    void accept() override;

private:
    void preview();

    Exploration& m_exploration;
    QLineEdit* m_line;
    QLabel* m_answer;
    QPushButton* m_go;
    std::optional<Place> m_place;
};

}  // namespace vitrine
