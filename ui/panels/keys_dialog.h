// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>

#include "ui/panels/key_table.h"

class QKeySequenceEdit;
class QLineEdit;
class QPushButton;
class QTreeWidget;

namespace vitrine {

/// Every command with its keys, to change, take away and reset; what another command has already is said. Acts at once.
class KeysDialog : public QDialog {
    Q_OBJECT

public:
    explicit KeysDialog(KeyTable& keys, QWidget* parent = nullptr);

private:
    void showRow(int row);
    int row() const;
    void filter(const QString& text);
    void change(const QList<QKeySequence>& keys);
    void checkKey();

    KeyTable& m_keys;
    QLineEdit* m_search;
    QTreeWidget* m_list;
    QKeySequenceEdit* m_key;
    QPushButton *m_set, *m_none, *m_reset, *m_resetAll;
    QLabel* m_problem;
};

}  // namespace vitrine
