// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/parts/view_style.h"

namespace vitrine {

QColor mixed(const QColor& base, const QColor& top, double amount)
{
    const auto channel = [amount](int from, int to) { return static_cast<int>(from + (to - from) * amount + 0.5); };
    return {channel(base.red(), top.red()), channel(base.green(), top.green()), channel(base.blue(), top.blue())};
}

QColor quietText(const QPalette& palette)
{
    return mixed(palette.color(QPalette::Window), palette.color(QPalette::WindowText), 0.62);
}

QColor trackColour(const QPalette& palette)
{
    return mixed(palette.color(QPalette::Window), palette.color(QPalette::WindowText), 0.12);
}

QPalette figurePalette()
{
    QPalette palette(QColor(0xf0, 0xf0, 0xf0), Qt::white);
    palette.setColor(QPalette::WindowText, Qt::black);
    palette.setColor(QPalette::Text, Qt::black);
    palette.setColor(QPalette::Highlight, QColor(0x2f74c0));
    palette.setColor(QPalette::HighlightedText, Qt::white);
    return palette;
}

void paintBacking(QPainter& painter, const QRectF& rect, const QPalette& palette)
{
    QColor ground = palette.color(QPalette::Window);
    ground.setAlphaF(0.86F);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(ground);
    painter.drawRoundedRect(rect, 6, 6);
    painter.restore();
}

void paintFocusRing(QPainter& painter, const QRectF& rect, const QPalette& palette)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(palette.color(QPalette::Highlight), 2));
    painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), 3, 3);
    painter.restore();
}

}  // namespace vitrine
