// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/help_menu.h"

#include <QCoreApplication>
#include <QMenuBar>
#include <QMessageBox>
#include <QWhatsThis>

#include "ui/panels/cheat_sheet.h"
#include "ui/panels/commands.h"

namespace vitrine {

HelpMenu::HelpMenu(QMenuBar& menus, Places places, QWidget* parent)
    : QMenu(tr("&Help"), parent)
    , m_menus(menus)
    , m_places(std::move(places))
{
    addCommand(this, tr("&Tour"), {}, [this] { Q_EMIT tourRequested(); });
    addCommand(this, tr("&All keys"), {Qt::Key_Question, QKeySequence::HelpContents},
               [this] { CheatSheet(actionGroups(m_menus), m_menus.window()).exec(); });
    addCommand(this, tr("&Find a command…"), {Qt::CTRL | Qt::SHIFT | Qt::Key_P, Qt::CTRL | Qt::Key_K},
               [this] { openPalette(); });
    addCommand(this, tr("What is this?"), {QKeySequence::WhatsThis}, [] { QWhatsThis::enterWhatsThisMode(); });
    addCommand(this, tr("A&bout Vitrine"), {}, [this] { tellAbout(); });
}

void HelpMenu::openPalette()
{
    QObject owner;
    std::vector<ActionGroup> groups = actionGroups(m_menus);
    for (ActionGroup& group : m_places(&owner))
        groups.push_back(std::move(group));
    CommandPalette(groups, m_menus.window()).exec();
}

void HelpMenu::tellAbout()
{
    QMessageBox::about(m_menus.window(), tr("About Vitrine"),
                       tr("Vitrine %1: look inside Vision Transformers.\n\nFree software under the GNU General Public "
                          "License, version 3 or later. It comes with no warranty.\n\nQt %2")
                           .arg(QCoreApplication::applicationVersion(), QString::fromLatin1(qVersion())));
}

}  // namespace vitrine
