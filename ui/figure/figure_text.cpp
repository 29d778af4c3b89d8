// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/figure/figure_text.h"

#include <QFontMetricsF>

namespace vitrine {

namespace {

QFont titleFont()
{
    return labelFont(13, true);
}

}  // namespace

QFont labelFont(double size, bool bold)
{
    QFont font(QStringLiteral("DejaVu Sans"));
    font.setPixelSize(static_cast<int>(size));
    font.setBold(bold);
    return font;
}

double widthOfTitle(const QString& title)
{
    return QFontMetricsF(titleFont()).horizontalAdvance(title) + 2 * figureMargin;
}

void paintTitle(QPainter& painter, const QString& title, double width)
{
    painter.setPen(Qt::black);
    painter.setFont(titleFont());
    painter.drawText(QRectF(figureMargin, figureMargin - 4, width - 2 * figureMargin, figureTitleHeight), Qt::AlignLeft, title);
}

void paintUpwards(QPainter& painter, const QRectF& target, double left, const QString& text)
{
    painter.save();
    painter.translate(left, target.center().y());
    painter.rotate(-90);
    painter.drawText(QRectF(-target.height() / 2, 0, target.height(), 18), Qt::AlignCenter, text);
    painter.restore();
}

}  // namespace vitrine
