// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QKeySequence>
#include <QList>

#include <vector>

#include "ui/panels/command_palette.h"

class QWidget;

namespace vitrine {

/// Which keys run which commands: those that they come with, or what a person chose instead, kept in the settings. Tooltips
/// and labels that name a command in braces say its key. GUI thread only.
class KeyTable {
public:
    struct Command {
        QPointer<QAction> action;
        QString name;  ///< with its menus
        QList<QKeySequence> standard;
    };

    /// The commands with the keys that they have now; kept ones take their place. `persistent`: reads and writes the settings.
    KeyTable(const std::vector<ActionGroup>& groups, bool persistent, QWidget& window);

    const std::vector<Command>& commands() const { return m_commands; }
    /// Who has a key besides command `row`: a command, or what a view does with it by itself. Empty: nobody.
    QString holder(const QKeySequence& key, int row) const;
    /// The command that has it besides `row`; -1: none, or it is a view's own.
    int owner(const QKeySequence& key, int row) const;
    void setKeys(int row, const QList<QKeySequence>& keys);
    void reset(int row) { setKeys(row, m_commands[static_cast<std::size_t>(row)].standard); }
    bool isStandard(int row) const;

private:
    void read();
    void write() const;
    /// Tooltips of the window's parts, and what labels say.
    void fillTexts();

    std::vector<Command> m_commands;
    bool m_persistent;
    QWidget& m_window;
};

}  // namespace vitrine
