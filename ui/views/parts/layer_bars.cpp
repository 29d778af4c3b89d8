// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/parts/layer_bars.h"

#include <QMouseEvent>
#include <QPainter>

#include <algorithm>

#include "ui/picture/heatmap_painter.h"
#include "ui/views/parts/view_style.h"

namespace vitrine {

LayerBars::LayerBars(QWidget* parent)
    : QWidget(parent)
{
    setMouseTracking(true);
    installAccessibleParts();
    setCursor(Qt::PointingHandCursor);
}

void LayerBars::setBars(const QString& title, std::vector<std::optional<double>> values, double most, std::vector<bool> flat)
{
    m_title = title;
    m_values = std::move(values);
    m_flat = std::move(flat);
    m_flat.resize(m_values.size());
    m_most = most > 0 ? most : 1;
    setAccessibleName(title);
    update();
}

void LayerBars::setCurrent(int layer)
{
    if (layer == m_current)
        return;
    m_current = layer;
    const bool known = layer >= 0 && layer < static_cast<int>(m_values.size()) && m_values[static_cast<std::size_t>(layer)];
    setAccessibleDescription(known ? tr("layer %1: %2").arg(layer).arg(formatValue(*m_values[static_cast<std::size_t>(layer)]))
                                   : QString());
    update();
}

QRectF LayerBars::plot() const
{
    const double line = fontMetrics().height();
    return QRectF(rect()).adjusted(4, line + 4, -4, -line - 2);
}

QRectF LayerBars::columnRect(int layer) const
{
    const QRectF all = plot();
    const double step = std::min(all.width() / static_cast<double>(std::max<std::size_t>(m_values.size(), 1)), 48.0);
    return {all.left() + layer * step, all.top(), step, all.height()};
}

int LayerBars::layerAt(const QPointF& position) const
{
    const int count = static_cast<int>(m_values.size());
    for (int layer = 0; layer < count; ++layer)
        if (const QRectF column = columnRect(layer); position.x() >= column.left() && position.x() < column.right())
            return layer;
    return -1;
}

int LayerBars::partCount() const
{
    return static_cast<int>(m_values.size());
}

QString LayerBars::partName(int part) const
{
    return tr("layer %1").arg(part);
}

QString LayerBars::partValue(int part) const
{
    const std::optional<double>& value = m_values[static_cast<std::size_t>(part)];
    return !value                                   ? QString()
           : m_flat[static_cast<std::size_t>(part)] ? tr("%1, uniform").arg(formatValue(*value))
                                                    : formatValue(*value);
}

QRectF LayerBars::partRect(int part) const
{
    return columnRect(part);
}

bool LayerBars::isPartChosen(int part) const
{
    return part == m_current;
}

void LayerBars::pressPart(int part)
{
    Q_EMIT chosen(part);
}

void LayerBars::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    const QRectF all = plot();
    const int said = m_hovered >= 0 ? m_hovered : m_current;
    QString title = m_title;
    if (said >= 0 && said < static_cast<int>(m_values.size()) && m_values[static_cast<std::size_t>(said)])
        title += tr(" · layer %1: %2").arg(said).arg(formatValue(*m_values[static_cast<std::size_t>(said)]))
                 + (m_flat[static_cast<std::size_t>(said)] ? tr(", uniform") : QString());
    painter.setPen(quietText(palette()));
    painter.drawText(QRectF(all.left(), 0, all.width(), all.top() - 2), Qt::AlignLeft | Qt::AlignVCenter,
                     fontMetrics().elidedText(title, Qt::ElideRight, static_cast<int>(all.width())));
    painter.setRenderHint(QPainter::Antialiasing);
    const QColor ink = palette().color(QPalette::WindowText), ground = palette().color(QPalette::Window);
    for (std::size_t i = 0; i < m_values.size(); ++i) {
        const int layer = static_cast<int>(i);
        const QRectF column = columnRect(layer);
        painter.setPen(layer == m_current ? ink : quietText(palette()));
        // Numbers that do not fit beside one another would be one smear.
        if (column.width() >= fontMetrics().horizontalAdvance(QStringLiteral("00")) || layer % 2 == 0)
            painter.drawText(QRectF(column.left() - 8, column.bottom() + 2, column.width() + 16, fontMetrics().height()),
                             Qt::AlignCenter, QString::number(layer));
        if (!m_values[i])
            continue;
        const double height = std::clamp(*m_values[i] / m_most, 0.0, 1.0) * column.height();
        const QRectF bar(column.left() + column.width() * 0.15, column.bottom() - height, column.width() * 0.7, height);
        painter.setPen(Qt::NoPen);
        painter.setBrush(layer == m_current ? palette().color(QPalette::Highlight)
                                            : mixed(ground, ink,
                                                    m_flat[i]            ? 0.07
                                                    : layer == m_hovered ? 0.5
                                                                         : 0.28));
        painter.drawRoundedRect(bar, 2, 2);
        if (m_flat[i]) {
            painter.setPen(QPen(quietText(palette()), 1, Qt::DotLine));
            painter.setBrush(Qt::NoBrush);
            painter.drawRoundedRect(bar, 2, 2);
        }
    }
    painter.setPen(QPen(quietText(palette()), 1, Qt::DashLine));
    painter.drawLine(all.topLeft(), QPointF(columnRect(static_cast<int>(m_values.size())).left(), all.top()));
}

void LayerBars::mousePressEvent(QMouseEvent* event)
{
    if (const int layer = layerAt(event->position()); layer >= 0 && event->button() == Qt::LeftButton)
        Q_EMIT chosen(layer);
}

void LayerBars::mouseMoveEvent(QMouseEvent* event)
{
    if (const int layer = layerAt(event->position()); layer != m_hovered) {
        m_hovered = layer;
        update();
    }
}

void LayerBars::leaveEvent(QEvent*)
{
    m_hovered = -1;
    update();
}

}  // namespace vitrine
