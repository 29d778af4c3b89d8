// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/parts/chip.h"

#include <QPainter>

#include "ui/views/parts/view_style.h"

namespace vitrine {

namespace {

constexpr int swatchSide = 10;
constexpr int inset = 9;

}  // namespace

Chip::Chip(const QString& text, QWidget* parent)
    : QPushButton(text, parent)
{
    setCheckable(true);
    setAttribute(Qt::WA_Hover);
    setCursor(Qt::PointingHandCursor);
}

void Chip::setSwatch(QRgb colour)
{
    if (colour == m_swatch)
        return;
    const bool wider = (qAlpha(colour) > 0) != (qAlpha(m_swatch) > 0);
    m_swatch = colour;
    if (wider)
        updateGeometry();
    update();
}

QSize Chip::sizeHint() const
{
    const int swatch = qAlpha(m_swatch) > 0 ? swatchSide + 6 : 0;
    return {fontMetrics().horizontalAdvance(text()) + 2 * inset + swatch, fontMetrics().height() + 8};
}

void Chip::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF box = QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5);
    const QColor accent = palette().color(QPalette::Highlight);
    const QColor base = palette().color(QPalette::Window);
    const QColor ink = palette().color(QPalette::WindowText);
    painter.setPen(isChecked() && isEnabled() ? accent : mixed(base, ink, 0.25));
    painter.setBrush(mixed(base, isChecked() && isEnabled() ? accent : ink, isChecked() ? 0.45 : underMouse() ? 0.16 : 0.07));
    painter.drawRoundedRect(box, 4, 4);
    QRectF label = box;
    if (qAlpha(m_swatch) > 0) {
        const QRectF swatch(box.left() + inset - 2, box.center().y() - swatchSide / 2.0, swatchSide, swatchSide);
        painter.setPen(quietText(palette()));
        painter.setBrush(QColor(m_swatch));
        painter.drawRect(swatch);
        label.setLeft(swatch.right());
    }
    painter.setPen(palette().color(isEnabled() ? QPalette::Active : QPalette::Disabled, QPalette::WindowText));
    painter.drawText(label, Qt::AlignCenter, text());
    if (hasFocus())
        paintFocusRing(painter, rect(), palette());
}

}  // namespace vitrine
