// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/figure_preview.h"

#include <QPainter>

#include <algorithm>
#include <utility>

#include "ui/views/parts/view_parts.h"
#include "ui/views/parts/view_style.h"

namespace vitrine {

namespace {

constexpr double logicalDpi = 96, margin = 14, line = 20;

}  // namespace

FigurePreview::FigurePreview(QWidget* parent)
    : QWidget(parent)
{
    setAccessibleName(tr("Preview"));
    setToolTip(tr("The figure as it will be on paper"));
}

void FigurePreview::show(Figure figure, const PrintSize& size, const QString& why)
{
    m_figure = std::move(figure);
    m_size = size;
    m_why = why;
    m_image = {};
    update();
}

void FigurePreview::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    m_image = {};
}

void FigurePreview::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    if (!m_figure.paint) {
        paintMessage(painter, rect(), m_why, palette());
        return;
    }
    const double onPaper = m_size.millimetres / 25.4 * logicalDpi / m_figure.size.width();
    const QRectF room = QRectF(rect()).adjusted(margin, margin, -margin, -margin - line);
    const double fits = std::min(room.width() / m_figure.size.width(), room.height() / m_figure.size.height());
    const double scale = std::min(onPaper, fits);
    if (scale * std::min(m_figure.size.width(), m_figure.size.height()) < 4)
        return;
    if (m_image.isNull()) {
        m_image = renderFigure(m_figure, scale * devicePixelRatioF());
        m_image.setDevicePixelRatio(devicePixelRatioF());
    }
    const QSizeF size = m_figure.size * scale;
    const QRectF target(room.center() - QPointF(size.width() / 2, size.height() / 2), size);
    if (m_figure.transparent)
        painter.fillRect(target, QBrush(mixed(palette().color(QPalette::Base), Qt::gray, 0.5), Qt::Dense4Pattern));
    painter.drawImage(target.topLeft(), m_image);
    painter.setPen(trackColour(palette()));
    painter.drawRect(target.adjusted(-1, -1, 0, 0));
    const double height = m_size.millimetres * m_figure.size.height() / m_figure.size.width();
    const double pixels = m_size.dpi / 25.4;
    painter.setPen(quietText(palette()));
    painter.drawText(QRectF(0, QRectF(rect()).bottom() - line, width(), line), Qt::AlignCenter,
                     tr("%1 × %2 mm · as PNG %3 × %4 pixels · shown at %5 %")
                         .arg(m_size.millimetres, 0, 'f', 0)
                         .arg(height, 0, 'f', 0)
                         .arg(qRound(m_size.millimetres * pixels))
                         .arg(qRound(height * pixels))
                         .arg(qRound(100 * scale / onPaper)));
}

}  // namespace vitrine
