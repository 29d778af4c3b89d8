// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QWidget>

#include "ui/session/exploration.h"
#include "ui/views/canvas/canvas_view.h"

class QAction;
class QLabel;

namespace vitrine {

class TokenChips;
class ValueBar;

/// The canvas with what belongs to it in its frame, chips and colour bar beside the picture where there is room, and under
/// it one line that says what is seen.
class CanvasPanel : public QWidget {
    Q_OBJECT

public:
    explicit CanvasPanel(Exploration& exploration, QWidget* parent = nullptr);

    CanvasView& canvas() { return *m_canvas; }
    /// What a right click offers besides the pin.
    void setCommands(const QList<QAction*>& commands) { m_commands = commands; }
    /// How much of the method's map is done; shown while it is missing.
    void setMapProgress(double fraction);
    TokenChips& chips() { return *m_chips; }
    /// What is seen, in one sentence with its formula.
    QString sentence() const;

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void refresh();
    void place();
    void showMenu(const QPoint& position);
    QString methodSentence(const Method& method) const;
    QString attentionSentence() const;

    Exploration& m_exploration;
    CanvasView* m_canvas;
    TokenChips* m_chips;
    ValueBar* m_bar;
    QLabel* m_about;
    QList<QAction*> m_commands;
};

}  // namespace vitrine
