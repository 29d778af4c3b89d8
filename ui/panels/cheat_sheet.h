// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>

#include <utility>
#include <vector>

#include "ui/panels/command_palette.h"

namespace vitrine {

/// The keys of every command that has one, as rich text in columns: always those of the actions themselves.
/// `gestures` are what the mouse does: (gesture, effect).
QString cheatSheetHtml(const std::vector<ActionGroup>& groups, const std::vector<std::pair<QString, QString>>& gestures);

/// ?: every key on one page.
class CheatSheet : public QDialog {
    Q_OBJECT

public:
    explicit CheatSheet(const std::vector<ActionGroup>& groups, QWidget* parent = nullptr);
};

}  // namespace vitrine
