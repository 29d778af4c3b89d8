// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/message_bar.h"

#include <QAccessible>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QToolButton>

#include "ui/panels/severity_icon.h"
#include "ui/views/parts/view_style.h"

namespace vitrine {

namespace {

/// Of many failures, so that the picture keeps its room.
constexpr int mostLines = 10;

QString asLines(const QStringList& messages)
{
    const auto left = static_cast<int>(messages.size()) - mostLines;
    return messages.mid(0, mostLines).join(u'\n') + (left > 0 ? MessageBar::tr("\n… and %n more", nullptr, left) : QString());
}

}  // namespace

MessageBar::MessageBar(QWidget* parent)
    : QFrame(parent)
    , m_icon(new QLabel(this))
    , m_text(new QLabel(this))
    , m_more(new QPushButton(this))
    , m_action(new QPushButton(this))
    , m_close(new QToolButton(this))
{
    setAccessibleName(tr("Message"));
    setAutoFillBackground(true);
    m_text->setTextFormat(Qt::PlainText);
    m_text->setWordWrap(true);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_text->installEventFilter(this);
    m_close->setAutoRaise(true);
    m_close->setText(QStringLiteral("✕"));
    m_close->setToolTip(tr("Close this message"));
    m_close->setAccessibleName(tr("Close this message"));
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(10, 6, 6, 6);
    row->addWidget(m_icon);
    row->addWidget(m_text, 1);
    row->addWidget(m_more);
    row->addWidget(m_action);
    row->addWidget(m_close);
    m_more->setFlat(true);
    m_more->hide();
    m_action->hide();
    connect(m_more, &QPushButton::clicked, this, [this] { unfold(!m_unfolded); });
    connect(m_action, &QPushButton::clicked, this, [this] {
        const std::function<void()> run = m_run;
        clear();
        run();
    });
    connect(m_close, &QToolButton::clicked, this, [this] {
        Q_EMIT closed();
        clear();
    });
    hide();
}

void MessageBar::showMessage(Kind kind, const QString& text)
{
    showMessages(kind, {text});
}

void MessageBar::showMessages(Kind kind, const QStringList& messages)
{
    tell(kind, messages, false);
}

void MessageBar::showFailures(const QStringList& messages)
{
    tell(Kind::Error, messages, true);
}

void MessageBar::tell(Kind kind, const QStringList& messages, bool failures)
{
    if (messages.isEmpty())
        return;
    m_kind = kind;
    m_failures = failures;
    m_messages = messages;
    m_action->hide();
    unfold(false);
    colour();
    show();
    QAccessibleEvent event(this, QAccessible::Alert);
    QAccessible::updateAccessibility(&event);
}

void MessageBar::unfold(bool unfolded)
{
    m_unfolded = unfolded;
    const bool oneLine = m_kind == Kind::Doubt && !unfolded;
    m_text->setSizePolicy(oneLine ? QSizePolicy::Ignored : QSizePolicy::Preferred, QSizePolicy::Preferred);
    m_text->setWordWrap(!oneLine);
    fitText();
}

void MessageBar::setAction(const QString& text, std::function<void()> run)
{
    m_action->setText(text);
    m_action->show();
    m_run = std::move(run);
}

void MessageBar::addFailure(const QString& message)
{
    const QStringList before = m_failures ? m_messages : QStringList();
    showFailures(before.contains(message) ? before : before + QStringList(message));
}

QString MessageBar::text() const
{
    return isHidden() ? QString() : m_messages.join(u'\n');
}

void MessageBar::clear()
{
    hide();
    m_messages.clear();
    m_text->clear();
}

void MessageBar::changeEvent(QEvent* event)
{
    QFrame::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && parentWidget() && !m_messages.isEmpty())
        colour();
}

bool MessageBar::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_text && event->type() == QEvent::Resize && m_kind == Kind::Doubt)
        fitText();
    return QFrame::eventFilter(watched, event);
}

void MessageBar::fitText()
{
    const auto others = static_cast<int>(m_messages.size()) - 1;
    if (others < 0)
        return;
    QString text = m_unfolded ? asLines(m_messages) : m_messages.first();
    if (m_kind == Kind::Doubt && !m_unfolded)
        text = m_text->fontMetrics().elidedText(text, Qt::ElideRight, m_text->width());
    m_text->setText(text);
    m_more->setText(m_unfolded ? tr("Less") : others > 0 ? tr("and %n more", nullptr, others) : tr("More"));
    m_more->setVisible(m_unfolded || others > 0 || text != m_messages.first());
}

void MessageBar::colour()
{
    const QColor base = parentWidget()->palette().color(QPalette::Window);
    const QColor tint = m_kind == Kind::Note    ? parentWidget()->palette().color(QPalette::Highlight)
                        : m_kind == Kind::Doubt ? QColor(0xd9, 0x9a, 0x2b)
                                                : QColor(0xd2, 0x4b, 0x4b);
    const QColor wanted = mixed(base, tint, m_kind == Kind::Doubt ? 0.12 : 0.28);
    const Severity severity = m_kind == Kind::Note    ? Severity::Information
                              : m_kind == Kind::Doubt ? Severity::Doubtful
                                                      : Severity::Unreliable;
    m_icon->setPixmap(severityIcon(severity).pixmap(QSize(18, 18), devicePixelRatioF()));
    if (palette().color(QPalette::Window) == wanted)
        return;
    QPalette own = parentWidget()->palette();
    own.setColor(QPalette::Window, wanted);
    setPalette(own);
}

}  // namespace vitrine
