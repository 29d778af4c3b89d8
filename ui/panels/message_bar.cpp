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

/// Escaped: file names may look like markup, and a tooltip would obey it.
QString asToolTip(const QStringList& messages)
{
    constexpr int most = 20;
    return QStringLiteral("<qt>") + messages.mid(0, most).join(u'\n').toHtmlEscaped().replace(u'\n', QStringLiteral("<br>"))
           + QStringLiteral("</qt>");
}

}  // namespace

MessageBar::MessageBar(QWidget* parent)
    : QFrame(parent)
    , m_icon(new QLabel(this))
    , m_text(new QLabel(this))
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
    row->addWidget(m_action);
    row->addWidget(m_close);
    m_action->hide();
    connect(m_action, &QPushButton::clicked, this, [this] {
        const std::function<void()> run = m_run;
        clear();
        run();
    });
    connect(m_close, &QToolButton::clicked, this, &MessageBar::clear);
    hide();
}

void MessageBar::showMessage(Kind kind, const QString& text, const QStringList& all)
{
    m_failures.clear();
    showText(kind, text, all);
}

void MessageBar::showText(Kind kind, const QString& text, const QStringList& all)
{
    m_kind = kind;
    m_whole = text;
    m_text->setToolTip(all.size() > 1 || kind == Kind::Doubt ? asToolTip(all) : QString());
    m_text->setWordWrap(kind != Kind::Doubt);
    m_text->setSizePolicy(kind == Kind::Doubt ? QSizePolicy::Ignored : QSizePolicy::Preferred, QSizePolicy::Preferred);
    m_action->hide();
    fitText();
    colour();
    show();
    QAccessibleEvent event(this, QAccessible::Alert);
    QAccessible::updateAccessibility(&event);
}

void MessageBar::setAction(const QString& text, std::function<void()> run)
{
    m_action->setText(text);
    m_action->show();
    m_run = std::move(run);
}

void MessageBar::showFailures(const QStringList& messages)
{
    if (messages.isEmpty())
        return;
    m_failures = messages;
    showText(Kind::Error,
             messages.size() == 1 ? messages.first()
                                  : tr("%1 And %n more could not be opened: hold the mouse here to see which.", nullptr,
                                       static_cast<int>(messages.size()) - 1)
                                        .arg(messages.first()),
             messages);
}

void MessageBar::addFailure(const QString& message)
{
    showFailures(m_failures.contains(message) ? m_failures : m_failures + QStringList(message));
}

QString MessageBar::text() const
{
    return isHidden() ? QString() : m_whole;
}

void MessageBar::clear()
{
    hide();
    m_failures.clear();
    m_whole.clear();
    m_text->clear();
}

void MessageBar::changeEvent(QEvent* event)
{
    QFrame::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && parentWidget() && !m_whole.isEmpty())
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
    m_text->setText(m_kind == Kind::Doubt ? m_text->fontMetrics().elidedText(m_whole, Qt::ElideRight, m_text->width())
                                          : m_whole);
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
