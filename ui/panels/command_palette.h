// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractListModel>
#include <QAction>
#include <QDialog>
#include <QPointer>
#include <QSortFilterProxyModel>

#include <vector>

#include "ui/views/parts/command_keys.h"

class QLabel;
class QLineEdit;
class QListView;
class QMenuBar;

namespace vitrine {

/// Actions under the menus where they are found: "File", "Explore › Heads".
struct ActionGroup {
    QString title;
    QList<QAction*> actions;
};

/// Every command of a menu bar, submenus after their parents; separators and hidden actions are left out.
std::vector<ActionGroup> actionGroups(const QMenuBar& menus);

/// One row a command. Qt::DisplayRole is the text; GroupRole and ShortcutRole say where it is and how it is called.
class ActionsModel : public QAbstractListModel {
    Q_OBJECT

public:
    enum Role { GroupRole = Qt::UserRole, ShortcutRole };

    explicit ActionsModel(const std::vector<ActionGroup>& groups, QObject* parent = nullptr);

    QAction* action(int row) const { return m_rows[static_cast<std::size_t>(row)].action; }
    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;

private:
    struct Row {
        QPointer<QAction> action;
        QString group;
    };
    std::vector<Row> m_rows;
};

/// Ctrl+Shift+P: type a part of any command's name, Enter runs it.
class CommandPalette : public QDialog {
    Q_OBJECT

public:
    explicit CommandPalette(const std::vector<ActionGroup>& groups, QWidget* parent = nullptr);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

private:
    void filter(const QString& text);
    void run(const QModelIndex& index);

    ActionsModel m_actions;
    QSortFilterProxyModel m_found;
    QLineEdit* m_line;
    QListView* m_list;
    QLabel* m_none;
};

}  // namespace vitrine
