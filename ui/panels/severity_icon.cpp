// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/severity_icon.h"

#include <QApplication>
#include <QIconEngine>
#include <QPainter>
#include <QPainterPath>
#include <QPalette>

namespace vitrine {

namespace {

/// A letter's stroke and its dot, around the middle of a square of 16.
void paintStroke(QPainter& painter, const QColor& colour, double stroke, double length, double dot)
{
    painter.setPen(QPen(colour, 2, Qt::SolidLine, Qt::RoundCap));
    painter.drawLine(QPointF(8, stroke), QPointF(8, stroke + length));
    painter.setPen(Qt::NoPen);
    painter.setBrush(colour);
    painter.drawEllipse(QPointF(8, dot), 1.25, 1.25);
}

void paintSign(QPainter& painter, Severity severity, const QColor& ink, bool onDark)
{
    const bool unreliable = severity == Severity::Unreliable;
    if (severity == Severity::Information) {
        painter.setPen(QPen(ink, 1.4));
        painter.setBrush(Qt::NoBrush);
        painter.drawEllipse(QRectF(1.2, 1.2, 13.6, 13.6));
        paintStroke(painter, ink, 7.4, 4, 4.4);
        return;
    }
    const QColor amber = onDark ? QColor(0xf0, 0xb4, 0x45) : QColor(0xa0, 0x66, 0x00);
    const QColor red = onDark ? QColor(0xe8, 0x55, 0x55) : QColor(0xc8, 0x22, 0x22);
    QPainterPath triangle(QPointF(8, 1.8));
    triangle.lineTo(15, 14.2);
    triangle.lineTo(1, 14.2);
    triangle.closeSubpath();
    painter.setPen(QPen(unreliable ? red : amber, 1.6, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.setBrush(unreliable ? QBrush(red) : QBrush(Qt::NoBrush));
    painter.drawPath(triangle);
    paintStroke(painter, unreliable ? QColor(Qt::white) : amber, 6.4, 3.2, 12.2);
}

class SeverityEngine : public QIconEngine {
public:
    explicit SeverityEngine(Severity severity)
        : m_severity(severity)
    {
    }

    void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State) override
    {
        const QPalette palette = QApplication::palette();
        const QColor ink = palette.color(mode == QIcon::Disabled ? QPalette::Disabled : QPalette::Active, QPalette::WindowText);
        const double side = std::min(rect.width(), rect.height());
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        painter->translate(rect.x() + (rect.width() - side) / 2, rect.y() + (rect.height() - side) / 2);
        painter->scale(side / 16, side / 16);
        paintSign(*painter, m_severity, ink, palette.color(QPalette::Window).lightness() < 128);
        painter->restore();
    }

    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override
    {
        QPixmap pixmap(size);
        pixmap.fill(Qt::transparent);
        QPainter painter(&pixmap);
        paint(&painter, QRect({}, size), mode, state);
        return pixmap;
    }

    QIconEngine* clone() const override { return new SeverityEngine(*this); }

private:
    Severity m_severity;
};

}  // namespace

QIcon severityIcon(Severity severity)
{
    return QIcon(new SeverityEngine(severity));
}

}  // namespace vitrine
