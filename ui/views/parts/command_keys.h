// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QString>

class QAction;
class QLabel;
class QWidget;

namespace vitrine {

/// An action's text without mnemonic marks and dots.
QString plainText(const QAction& action);

/// A text with the keys, as they are set, of the commands that it names in braces: "{Layer deeper}".
QString withKeys(QString text, const QList<QAction*>& commands);
/// The commands are those of the part's window.
QString withKeys(QString text, const QWidget& part);

/// What a label says, with keys; it says the new ones when they are changed and refreshKeys() is called.
void setTextWithKeys(QLabel& label, const QString& text);
void refreshKeys(QLabel& label, const QList<QAction*>& commands);

}  // namespace vitrine
