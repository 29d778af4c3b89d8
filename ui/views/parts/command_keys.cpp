// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/parts/command_keys.h"

#include <QAction>
#include <QCoreApplication>
#include <QKeySequence>
#include <QLabel>
#include <QRegularExpression>

namespace vitrine {

namespace {

constexpr const char* templateProperty = "vitrineText";

QString firstKey(const QAction& command)
{
    const QKeySequence key = command.shortcut();
    return key.isEmpty() ? QCoreApplication::translate("vitrine::KeyTable", "no key") : key.toString(QKeySequence::NativeText);
}

}  // namespace

QString plainText(const QAction& action)
{
    QString text = action.text();
    static const QRegularExpression mnemonic(QStringLiteral("&(.)"));
    text.replace(mnemonic, QStringLiteral("\\1"));
    if (text.endsWith(QStringLiteral("...")))
        text.chop(3);
    if (text.endsWith(QChar(0x2026)))
        text.chop(1);
    return text;
}

QString withKeys(QString text, const QList<QAction*>& commands)
{
    if (!text.contains(u'{'))
        return text;
    for (const QAction* command : commands)
        if (const QString name = u'{' + plainText(*command) + u'}'; text.contains(name))
            text.replace(name, firstKey(*command));
    return text;
}

QString withKeys(QString text, const QWidget& part)
{
    // Looking through the whole window takes longer than most sentences need.
    return text.contains(u'{') ? withKeys(text, part.window()->findChildren<QAction*>()) : text;
}

void setTextWithKeys(QLabel& label, const QString& text)
{
    label.setProperty(templateProperty, text);
    label.setText(withKeys(text, label));
}

void refreshKeys(QLabel& label, const QList<QAction*>& commands)
{
    if (const QString text = label.property(templateProperty).toString(); !text.isEmpty())
        label.setText(withKeys(text, commands));
}

}  // namespace vitrine
