// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QKeySequence>
#include <QList>
#include <QString>

#include <functional>

class QAction;
class QMenu;

namespace vitrine {

/// An action with its keys, which act wherever the focus is: text fields keep their letters.
QAction* addCommand(QMenu* menu, const QString& text, const QList<QKeySequence>& keys, std::function<void()> run);

}  // namespace vitrine
