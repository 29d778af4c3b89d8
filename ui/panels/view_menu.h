// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMenu>

#include <vector>

#include "ui/panels/theme.h"
#include "ui/panels/view_entry.h"

namespace vitrine {

class CanvasView;
class Exploration;
class SideBySide;
class Workspace;

/// How what is looked at is shown: zoom, map, pages, panels, colours of the window, side by side.
class ViewMenu : public QMenu {
    Q_OBJECT

public:
    ViewMenu(Exploration& exploration, CanvasView& canvas, Workspace& workspace, const std::vector<ViewEntry>& views,
             SideBySide& compare, QWidget* parent);

    /// What a right click on the canvas offers.
    QList<QAction*> ofCanvas() const { return {m_fit, m_closeUp}; }
    /// The one that is ticked.
    void showTheme(Theme theme) { m_theme = theme; }

Q_SIGNALS:
    void viewChosen(const QString& name);
    /// The next (1) or the previous view (-1).
    void stepRequested(int by);
    void themeChosen(vitrine::Theme theme);

private:
    void addZoom(CanvasView& canvas);
    void addMap(QMenu* menu, Exploration& exploration);
    void addPages(const std::vector<ViewEntry>& views);
    void addPanels(QMenu* menu, Workspace& workspace);
    void addThemes(QMenu* menu);

    QAction* m_fit = nullptr;
    QAction* m_closeUp = nullptr;
    Theme m_theme = Theme::System;
};

}  // namespace vitrine
