// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>
#include <QStringList>

#include <functional>

class QLabel;
class QPushButton;
class QToolButton;

namespace vitrine {

/// What went wrong or is worth knowing, over the canvas, until it is closed or outdated. Of several messages the first is
/// shown, and all where a person unfolds them. Plain text only.
class MessageBar : public QFrame {
    Q_OBJECT

public:
    enum class Kind { Note, Doubt, Error };  ///< a doubt keeps to one line until it is unfolded

    explicit MessageBar(QWidget* parent = nullptr);

    void showMessage(Kind kind, const QString& text);
    /// Several, each with a line of its own.
    void showMessages(Kind kind, const QStringList& messages);
    void note(const QString& text) { showMessage(Kind::Note, text); }
    /// A button in the message that is shown now.
    void setAction(const QString& text, std::function<void()> run);
    void showFailures(const QStringList& messages);
    /// One more to those that are shown.
    void addFailure(const QString& message);
    Kind kind() const { return m_kind; }
    /// All messages, a line each; empty while nothing is shown.
    QString text() const;
    void clear();

Q_SIGNALS:
    /// By hand.
    void closed();

protected:
    void changeEvent(QEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void tell(Kind kind, const QStringList& messages, bool failures);
    void unfold(bool unfolded);
    void colour();
    void fitText();

    Kind m_kind = Kind::Note;
    QStringList m_messages;
    bool m_failures = false;  ///< to which another one may come
    bool m_unfolded = false;
    QLabel* m_icon;
    QLabel* m_text;
    QPushButton* m_more;
    QPushButton* m_action;
    std::function<void()> m_run;
    QToolButton* m_close;
};

}  // namespace vitrine
