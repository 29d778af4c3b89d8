// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/appearance.h"

#include <QEvent>
#include <QMainWindow>
#include <QMenuBar>
#include <QScreen>
#include <QSettings>
#include <QStatusBar>
#include <QToolBar>

#include <utility>

#include "ui/panels/workspace.h"
#include "ui/session/remember.h"
#include "ui/views/parts/wheel_steps.h"

namespace vitrine {

Appearance::Appearance(QMainWindow& window, Workspace& workspace)
    : QObject(&window)
    , m_window(window)
    , m_workspace(workspace)
{
    window.installEventFilter(this);
}

void Appearance::setTheme(Theme theme)
{
    m_theme = theme;
    applyTheme(theme);
    Q_EMIT themeChanged(theme);
}

void Appearance::restore()
{
    m_window.resize(m_window.size().boundedTo(m_window.screen()->availableSize()));
    const QSettings settings;
    m_window.restoreGeometry(settings.value(QStringLiteral("window/geometry")).toByteArray());
    m_workspace.restoreState(settings.value(QStringLiteral("window/parts")).toByteArray());
    setTheme(static_cast<Theme>(settings.value(QStringLiteral("window/theme")).toInt()));
    const bool walks = settings.value(QStringLiteral("window/wheel")).toString() == QStringLiteral("layers");
    setWheelUse(walks ? WheelUse::Layers : WheelUse::Zoom);
}

void Appearance::save()
{
    // As it will be wanted in a window.
    showSurroundings(true);
    remember(QStringLiteral("window/geometry"), m_window.saveGeometry());
    remember(QStringLiteral("window/parts"), m_workspace.saveState());
    remember(QStringLiteral("window/theme"), static_cast<int>(m_theme));
    remember(QStringLiteral("window/wheel"),
             wheelUse() == WheelUse::Layers ? QStringLiteral("layers") : QStringLiteral("zoom"));
}

bool Appearance::eventFilter(QObject*, QEvent* event)
{
    if (event->type() == QEvent::ThemeChange && m_theme == Theme::System)
        applyTheme(Theme::System);
    if (event->type() == QEvent::WindowStateChange)
        showSurroundings(!m_window.isFullScreen());
    return false;
}

void Appearance::showSurroundings(bool shown)
{
    // The menu bar only has no height: hidden, it would take the keys of its commands with it.
    m_window.menuBar()->setMaximumHeight(shown ? QWIDGETSIZE_MAX : 0);
    if (shown) {
        for (QWidget* each : std::exchange(m_surroundings, {}))
            each->show();
        return;
    }
    for (QWidget* each : {static_cast<QWidget*>(m_window.findChild<QToolBar*>()), static_cast<QWidget*>(m_window.statusBar()),
                          m_workspace.pictures()})
        if (each->isVisible()) {
            each->hide();
            m_surroundings.append(each);
        }
}

}  // namespace vitrine
