// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QObject>

#include "ui/panels/theme.h"

class QMainWindow;
class QWidget;

namespace vitrine {

class Workspace;

/// Size, layout and colours of the window and what its wheel does, as they were left.
class Appearance : public QObject {
    Q_OBJECT

public:
    Appearance(QMainWindow& window, Workspace& workspace);

    Theme theme() const { return m_theme; }
    void setTheme(Theme theme);
    void restore();
    void save();

    /// The system's colours are followed. On a full screen the page and what belongs to it have all the room.
    bool eventFilter(QObject* watched, QEvent* event) override;

Q_SIGNALS:
    void themeChanged(vitrine::Theme theme);

private:
    void showSurroundings(bool shown);

    QMainWindow& m_window;
    Workspace& m_workspace;
    Theme m_theme = Theme::System;
    QList<QWidget*> m_surroundings;  ///< that a full screen has hidden
};

}  // namespace vitrine
