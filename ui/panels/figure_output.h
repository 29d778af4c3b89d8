// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QObject>
#include <QPoint>

#include <optional>
#include <vector>

#include "ui/panels/view_entry.h"

class QAction;
class QMenu;

namespace vitrine {

class Exploration;
class FigurePage;
class InferenceController;
class MessageBar;

/// What leaves the window: figures of its views to files, to the clipboard and, by Ctrl+drag, to other programs.
class FigureOutput : public QObject {
    Q_OBJECT

public:
    using Current = std::function<const ViewEntry&()>;

    /// `current`: the view that is used now. All outlive it.
    FigureOutput(const std::vector<ViewEntry>& views, Current current, FigurePage& page, const Exploration& exploration,
                 const InferenceController& controller, MessageBar& messages, QWidget* window);

    void addCommands(QMenu* menu);
    QAction* exportAction() const { return m_export; }
    /// What a right click on the canvas offers.
    QList<QAction*> ofCanvas() const { return {m_copy, m_copyNumbers, m_export}; }
    void showFolder(const QString& folder);
    /// Folder and name for a view's figure, without a suffix.
    QString nameFor(const QString& view) const;

    /// Ctrl+drag takes the figure of any view out of the window.
    bool eventFilter(QObject* watched, QEvent* event) override;

Q_SIGNALS:
    /// The page of figures is to be seen.
    void pageRequested();

private:
    void exportView();
    void tellSaved();
    void copyPicture();
    void copyNumbers();
    void dragOut(const ViewEntry& view);

    const std::vector<ViewEntry>& m_views;
    Current m_current;
    FigurePage& m_page;
    const Exploration& m_exploration;
    const InferenceController& m_controller;
    MessageBar& m_messages;
    QWidget* m_window;
    QAction* m_export = nullptr;
    QAction* m_copy = nullptr;
    QAction* m_copyNumbers = nullptr;
    std::optional<QPoint> m_ctrlPressed;  ///< where on the screen, while the button is down
};

}  // namespace vitrine
