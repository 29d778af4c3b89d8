// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/key_table.h"

#include <QCoreApplication>
#include <QLabel>
#include <QSettings>
#include <QVariantMap>
#include <QWidget>

#include "ui/session/remember.h"

namespace vitrine {

namespace {

constexpr const char* templateProperty = "vitrineToolTip";

QString settingsKey()
{
    return QStringLiteral("window/keys");
}

QString tr(const char* text)
{
    return QCoreApplication::translate("vitrine::KeyTable", text);
}

/// What views do with keys by themselves, whatever the commands are.
QString ownUse(const QKeySequence& key)
{
    if (key.count() != 1)
        return {};
    switch (key[0].key()) {
    case Qt::Key_Left:
    case Qt::Key_Right:
    case Qt::Key_Up:
    case Qt::Key_Down:
        return key[0].keyboardModifiers() & Qt::AltModifier ? QString() : tr("moves the patch");
    case Qt::Key_Return:
    case Qt::Key_Enter:
    case Qt::Key_P:
        return key[0].keyboardModifiers() == Qt::NoModifier ? tr("pins the patch under the mouse") : QString();
    case Qt::Key_B:
        return key[0].keyboardModifiers() == Qt::NoModifier ? tr("shows the second map of a comparison while it is held")
                                                            : QString();
    case Qt::Key_Space:
        return tr("presses a button and moves the picture");
    case Qt::Key_Delete:
        return tr("takes a picture out of the strip");
    case Qt::Key_Tab:
    case Qt::Key_Backtab:
        return tr("goes to the next control");
    default:
        return {};
    }
}

}  // namespace

KeyTable::KeyTable(const std::vector<ActionGroup>& groups, bool persistent, QWidget& window)
    : m_persistent(persistent)
    , m_window(window)
{
    for (const ActionGroup& group : groups)
        for (QAction* action : group.actions)
            // Recent files are no commands.
            if (!action->data().isValid())
                m_commands.push_back({action, group.title + QStringLiteral(" › ") + plainText(*action), action->shortcuts()});
    read();
    fillTexts();
}

int KeyTable::owner(const QKeySequence& key, int row) const
{
    for (int i = 0; i < static_cast<int>(m_commands.size()); ++i)
        if (const QAction* action = m_commands[static_cast<std::size_t>(i)].action;
            i != row && action && action->shortcuts().contains(key))
            return i;
    return -1;
}

QString KeyTable::holder(const QKeySequence& key, int row) const
{
    const int other = owner(key, row);
    return other < 0 ? ownUse(key) : m_commands[static_cast<std::size_t>(other)].name;
}

void KeyTable::setKeys(int row, const QList<QKeySequence>& keys)
{
    if (const QPointer<QAction>& action = m_commands[static_cast<std::size_t>(row)].action)
        action->setShortcuts(keys);
    write();
    fillTexts();
}

bool KeyTable::isStandard(int row) const
{
    const Command& command = m_commands[static_cast<std::size_t>(row)];
    return !command.action || command.action->shortcuts() == command.standard;
}

void KeyTable::read()
{
    if (!m_persistent)
        return;
    const QVariantMap kept = QSettings().value(settingsKey()).toMap();
    for (const Command& command : m_commands) {
        const auto found = kept.find(command.name);
        if (found == kept.end())
            continue;
        QList<QKeySequence> keys;
        for (const QString& text : found.value().toStringList())
            if (const QKeySequence key = QKeySequence::fromString(text, QKeySequence::PortableText); !key.isEmpty())
                keys.append(key);
        command.action->setShortcuts(keys);
    }
}

void KeyTable::write() const
{
    if (!m_persistent)
        return;
    QVariantMap kept;
    for (int row = 0; row < static_cast<int>(m_commands.size()); ++row) {
        if (isStandard(row))
            continue;
        const Command& command = m_commands[static_cast<std::size_t>(row)];
        QStringList texts;
        for (const QKeySequence& key : command.action->shortcuts())
            texts.append(key.toString(QKeySequence::PortableText));
        kept.insert(command.name, texts);
    }
    remember(settingsKey(), kept);
}

void KeyTable::fillTexts()
{
    QList<QAction*> commands;
    for (const Command& command : m_commands)
        if (command.action)
            commands.append(command.action);
    const auto fill = [&commands](auto* part) {
        QString text = part->property(templateProperty).toString();
        if (text.isEmpty() && part->toolTip().contains(u'{')) {
            text = part->toolTip();
            part->setProperty(templateProperty, text);
        }
        if (text.isEmpty())
            return;
        const bool explains = part->whatsThis().isEmpty() || part->whatsThis() == part->toolTip();
        part->setToolTip(withKeys(text, commands));
        if (explains)
            part->setWhatsThis(part->toolTip());
    };
    for (QWidget* part : m_window.findChildren<QWidget*>())
        fill(part);
    for (QAction* part : m_window.findChildren<QAction*>())
        fill(part);
    for (QLabel* part : m_window.findChildren<QLabel*>())
        refreshKeys(*part, commands);
}

}  // namespace vitrine
