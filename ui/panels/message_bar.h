// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>
#include <QStringList>

#include <functional>

class QLabel;
class QPushButton;
class QToolButton;

namespace vitrine {

/// One line over the canvas for what went wrong or is worth knowing, until it is closed or outdated. Plain text only.
class MessageBar : public QFrame {
    Q_OBJECT

public:
    enum class Kind { Note, Doubt, Error };  ///< a doubt keeps to one line; its tooltip has all

    explicit MessageBar(QWidget* parent = nullptr);

    /// `all`: the tooltip has them, where the text does not show all.
    void showMessage(Kind kind, const QString& text, const QStringList& all = {});
    void note(const QString& text) { showMessage(Kind::Note, text); }
    /// A button in the message that is shown now.
    void setAction(const QString& text, std::function<void()> run);
    /// Several failures make one message.
    void showFailures(const QStringList& messages);
    /// One more to those that are shown.
    void addFailure(const QString& message);
    Kind kind() const { return m_kind; }
    /// Empty while nothing is shown.
    QString text() const;
    void clear();

protected:
    void changeEvent(QEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void showText(Kind kind, const QString& text, const QStringList& all);
    void colour();
    void fitText();

    Kind m_kind = Kind::Note;
    QString m_whole;         ///< the text before it was cut to one line
    QStringList m_failures;  ///< what it tells of, where it does
    QLabel* m_icon;
    QLabel* m_text;
    QPushButton* m_action;
    std::function<void()> m_run;
    QToolButton* m_close;
};

}  // namespace vitrine
