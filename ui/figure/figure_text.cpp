// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/figure/figure_text.h"

#include <QFontMetricsF>
#include <QTextLayout>

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
    font.setHintingPreference(QFont::PreferNoHinting);
    font.setStyleStrategy(QFont::NoSubpixelAntialias);
    return font;
}

QStringList wrapped(const QString& text, const QFont& font, double width)
{
    QStringList lines;
    for (const QString& paragraph : text.split(u'\n')) {
        QTextLayout layout(paragraph, font);
        QTextOption option;
        option.setWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
        layout.setTextOption(option);
        layout.beginLayout();
        for (QTextLine line = layout.createLine(); line.isValid(); line = layout.createLine()) {
            line.setLineWidth(width);
            lines += paragraph.mid(line.textStart(), line.textLength()).trimmed();
        }
        layout.endLayout();
    }
    return lines;
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
