// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/view_menu.h"

#include <QActionGroup>

#include "ui/panels/commands.h"
#include "ui/panels/explore_steps.h"
#include "ui/panels/side_by_side.h"
#include "ui/panels/workspace.h"
#include "ui/views/canvas/canvas_view.h"
#include "ui/views/canvas/value_bar.h"

namespace vitrine {

ViewMenu::ViewMenu(Exploration& exploration, CanvasView& canvas, Workspace& workspace, const std::vector<ViewEntry>& views,
                   SideBySide& compare, QWidget* parent)
    : QMenu(tr("&View"), parent)
{
    addZoom(canvas);
    addSeparator();
    addMap(addMenu(tr("&Map")), exploration);
    addPages(views);
    addCommand(this, tr("Next view"), {Qt::Key_F6}, [this] { Q_EMIT stepRequested(1); });
    addCommand(this, tr("Previous view"), {Qt::SHIFT | Qt::Key_F6}, [this] { Q_EMIT stepRequested(-1); });
    addPanels(addMenu(tr("&Panels")), workspace);
    addThemes(addMenu(tr("&Colours of the window")));
    compare.addCommands(addMenu(tr("&Side by side")));
    addCommand(this, tr("Full screen"), {Qt::Key_F11},
               [parent] { parent->isFullScreen() ? parent->showNormal() : parent->showFullScreen(); });
}

void ViewMenu::addZoom(CanvasView& canvas)
{
    addCommand(this, tr("Zoom in"), {Qt::Key_Plus, Qt::Key_Equal, QKeySequence::ZoomIn}, [&canvas] { canvas.zoomBy(1.25); });
    addCommand(this, tr("Zoom out"), {Qt::Key_Minus, QKeySequence::ZoomOut}, [&canvas] { canvas.zoomBy(0.8); });
    m_fit = addCommand(this, tr("&Fit"), {Qt::Key_F}, [&canvas] { canvas.fit(); });
    addCommand(this, tr("100 %"), {Qt::CTRL | Qt::Key_0}, [&canvas] { canvas.actualSize(); });
    m_closeUp = addCommand(this, tr("Close-up of the patch"), {Qt::Key_Z}, [&canvas] { canvas.toggleCloseUp(); });
    addCommand(this, tr("Crop, whole picture, model's pixels"), {Qt::Key_W},
               [&canvas] { canvas.setArea(static_cast<CanvasArea>((static_cast<int>(canvas.area()) + 1) % 3)); });
}

void ViewMenu::addPages(const std::vector<ViewEntry>& views)
{
    for (std::size_t i = 0; i < views.size(); ++i) {
        // The comparison and the figure have commands of their own.
        const QKeySequence keys = i < 8 ? QKeySequence(Qt::CTRL | static_cast<Qt::Key>(Qt::Key_1 + i)) : QKeySequence();
        if (views[i].name != QStringLiteral("compare") && views[i].name != QStringLiteral("figure"))
            addCommand(this, views[i].title, {keys}, [this, name = views[i].name] { Q_EMIT viewChosen(name); });
    }
}

void ViewMenu::addPanels(QMenu* menu, Workspace& workspace)
{
    const auto add = [menu](const QString& text, QWidget* panel) {
        QAction* action = menu->addAction(text);
        action->setCheckable(true);
        connect(action, &QAction::triggered, panel, &QWidget::setVisible);
        connect(menu, &QMenu::aboutToShow, action, [action, panel] { action->setChecked(!panel->isHidden()); });
    };
    add(tr("Pictures"), workspace.pictures());
    add(tr("What it sees"), workspace.side());
    menu->addSeparator();
    connect(menu->addAction(tr("As at first")), &QAction::triggered, &workspace, &Workspace::resetState);
}

void ViewMenu::addThemes(QMenu* menu)
{
    auto* group = new QActionGroup(menu);
    for (const auto& [theme, text] : {std::pair(Theme::System, tr("As the system")), std::pair(Theme::Dark, tr("Dark")),
                                      std::pair(Theme::Light, tr("Light")), std::pair(Theme::Contrast, tr("High contrast"))}) {
        QAction* action = menu->addAction(text);
        action->setCheckable(true);
        action->setActionGroup(group);
        connect(action, &QAction::triggered, this, [this, theme = theme] { Q_EMIT themeChosen(theme); });
        connect(menu, &QMenu::aboutToShow, action, [this, action, theme = theme] { action->setChecked(theme == m_theme); });
    }
}

void ViewMenu::addMap(QMenu* menu, Exploration& exploration)
{
    const auto toggle = [&](const QString& text, const QList<QKeySequence>& keys, bool DisplaySettings::*which) {
        QAction* action = addCommand(menu, text, keys, [&exploration, which] {
            changeDisplay(exploration, [which](auto& display) { display.*which = !(display.*which); });
        });
        action->setCheckable(true);
        const auto show = [&exploration, action, which] { action->setChecked(exploration.display().*which); };
        connect(&exploration, &Exploration::displayChanged, action, show);
        show();
    };
    toggle(tr("Heat map"), {Qt::Key_V}, &DisplaySettings::heatmap);
    toggle(tr("Grid"), {Qt::Key_G}, &DisplaySettings::grid);
    toggle(tr("Smooth instead of cells"), {Qt::Key_U}, &DisplaySettings::smooth);
    toggle(tr("Opacity grows with the weight"), {Qt::SHIFT | Qt::Key_V}, &DisplaySettings::byValue);
    toggle(tr("One scale for all maps"), {Qt::SHIFT | Qt::Key_N}, &DisplaySettings::sharedScale);
    toggle(tr("Ignore outlier patches"), {Qt::Key_T}, &DisplaySettings::ignoreOutliers);
    menu->addSeparator();
    addCommand(menu, tr("Fit the scale once"), {Qt::Key_N}, [&exploration] { fitRange(exploration); });
    addCommand(menu, tr("Reset the scale"), {Qt::Key_R}, [&exploration] { resetRange(exploration); });
    addCommand(menu, tr("Less opacity"), {Qt::Key_I}, [&exploration] { changeOpacity(exploration, -0.1); });
    addCommand(menu, tr("More opacity"), {Qt::Key_O}, [&exploration] { changeOpacity(exploration, 0.1); });
    addCommand(menu, tr("Less of the attention"), {Qt::SHIFT | Qt::Key_I}, [&exploration] { changeMass(exploration, -0.05); });
    addCommand(menu, tr("More of the attention"), {Qt::SHIFT | Qt::Key_O}, [&exploration] { changeMass(exploration, 0.05); });
    addCommand(menu, tr("Next colour map"), {Qt::Key_L}, [&exploration] { stepColours(exploration, 1); });
    addCommand(menu, tr("Previous colour map"), {Qt::SHIFT | Qt::Key_L}, [&exploration] { stepColours(exploration, -1); });
}

}  // namespace vitrine
