// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/overlays.h"

#include <QDragEnterEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QMimeData>
#include <QPainter>
#include <QProgressBar>
#include <QPushButton>

#include "ui/views/parts/view_style.h"

namespace vitrine {

namespace {

/// What is over sooner needs no card that comes and goes.
constexpr int longMilliseconds = 300;

}  // namespace

Overlay::Overlay(QWidget* over)
    : QWidget(over)
{
    setAttribute(Qt::WA_TransparentForMouseEvents);
    over->installEventFilter(this);
    resize(over->size());
    hide();
}

bool Overlay::eventFilter(QObject*, QEvent* event)
{
    if (event->type() == QEvent::Resize)
        resize(parentWidget()->size());
    return false;
}

void Veil::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    QColor colour = palette().color(QPalette::Window);
    colour.setAlphaF(0.62F);
    painter.fillRect(rect(), colour);
}

DropFrame::DropFrame(QWidget* over)
    : Overlay(over)
{
    over->setAcceptDrops(true);
}

void DropFrame::take(QDragEnterEvent& event)
{
    if (event.source() != nullptr)
        return;  // our own figure on its way out
    if (!event.mimeData()->hasUrls() && !event.mimeData()->hasImage())
        return;
    event.acceptProposedAction();
    raise();
    show();
}

bool DropFrame::eventFilter(QObject* watched, QEvent* event)
{
    switch (event->type()) {
    case QEvent::DragEnter:
        take(*static_cast<QDragEnterEvent*>(event));
        return true;
    case QEvent::DragLeave:
        hide();
        return true;
    case QEvent::Drop: {
        hide();
        auto* drop = static_cast<QDropEvent*>(event);
        Q_EMIT dropped(*drop->mimeData());
        drop->acceptProposedAction();
        return true;
    }
    default:
        return Overlay::eventFilter(watched, event);
    }
}

void DropFrame::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QColor accent = palette().color(QPalette::Highlight);
    painter.setPen(QPen(accent, 4));
    painter.drawRoundedRect(QRectF(rect()).adjusted(4, 4, -4, -4), 6, 6);
    QFont large = font();
    large.setPointSizeF(large.pointSizeF() * 1.6);
    painter.setFont(large);
    const QString text = tr("Drop to open");
    const QRectF box = QRectF(0, 0, painter.fontMetrics().horizontalAdvance(text) + 48, painter.fontMetrics().height() + 24);
    painter.setPen(Qt::NoPen);
    painter.setBrush(accent);
    const QRectF placed = box.translated(QRectF(rect()).center() - box.center());
    painter.drawRoundedRect(placed, 6, 6);
    painter.setPen(palette().color(QPalette::HighlightedText));
    painter.drawText(placed, Qt::AlignCenter, text);
}

BusyCard::BusyCard(QWidget* over)
    : QFrame(over)
    , m_what(new QLabel(this))
    , m_bar(new QProgressBar(this))
{
    setFrameShape(QFrame::StyledPanel);
    setAutoFillBackground(true);
    setAccessibleName(tr("Progress"));
    m_what->setTextFormat(Qt::PlainText);
    m_bar->setRange(0, 1000);
    m_bar->setTextVisible(false);
    m_bar->setFixedWidth(180);
    auto* stop = new QPushButton(tr("Stop"), this);
    stop->setToolTip(tr("Leave it at what is there ({Step back: stop, unpin, leave full screen})"));
    stop->setFocusPolicy(Qt::NoFocus);
    auto* row = new QHBoxLayout(this);
    row->addWidget(m_what);
    row->addWidget(m_bar);
    row->addWidget(stop);
    connect(stop, &QPushButton::clicked, this, &BusyCard::stopped);
    m_later.setSingleShot(true);
    m_later.setInterval(longMilliseconds);
    connect(&m_later, &QTimer::timeout, this, [this] {
        place();
        show();
        raise();
    });
    over->installEventFilter(this);
    hide();
}

void BusyCard::begin(const QString& what)
{
    m_what->setText(fontMetrics().elidedText(what, Qt::ElideMiddle, std::max(160, parentWidget()->width() - 330)));
    setAccessibleDescription(what);
    if (isVisible())
        place();
    else if (!m_later.isActive()) {
        m_bar->setValue(0);
        m_later.start();
    }
}

void BusyCard::setProgress(double fraction)
{
    m_bar->setValue(qRound(fraction * m_bar->maximum()));
}

void BusyCard::end()
{
    m_later.stop();
    hide();
}

bool BusyCard::eventFilter(QObject*, QEvent* event)
{
    if (event->type() == QEvent::Resize && isVisible())
        place();
    return false;
}

void BusyCard::place()
{
    adjustSize();
    move((parentWidget()->width() - width()) / 2, std::max(0, parentWidget()->height() * 3 / 4 - height() / 2));
}

}  // namespace vitrine
