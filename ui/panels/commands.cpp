// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/commands.h"

#include <QAction>
#include <QMenu>

#include <utility>

namespace vitrine {

QAction* addCommand(QMenu* menu, const QString& text, const QList<QKeySequence>& keys, std::function<void()> run)
{
    QAction* action = menu->addAction(text);
    action->setShortcuts(keys);
    QObject::connect(action, &QAction::triggered, menu, std::move(run));
    return action;
}

}  // namespace vitrine
