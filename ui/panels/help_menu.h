// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMenu>

#include <functional>
#include <vector>

#include "ui/panels/command_palette.h"

class QMenuBar;

namespace vitrine {

/// The tour, every key on one page, and the palette that finds everything.
class HelpMenu : public QMenu {
    Q_OBJECT

public:
    /// What the palette finds besides the commands of `menus`; the actions belong to the object.
    using Places = std::function<std::vector<ActionGroup>(QObject*)>;

    HelpMenu(QMenuBar& menus, Places places, QWidget* parent);

    void openPalette();

Q_SIGNALS:
    void tourRequested();

private:
    void tellAbout();

    QMenuBar& m_menus;
    Places m_places;
};

}  // namespace vitrine
