// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/inner_patch_widget.h"

#include <algorithm>

#include <QMouseEvent>

#include "ui/views/view_parts.h"
#include "ui/views/view_style.h"

namespace vitrine {

namespace {

constexpr double gap = 14, smallestMatrix = 48, largestMatrix = 200;

} // namespace

InnerPatchWidget::InnerPatchWidget(Exploration& exploration, QWidget* parent)
    : QWidget(parent)
    , m_exploration(exploration)
{
    setMouseTracking(true);
    setAccessibleName(tr("Inner tokens of one patch"));
}

void InnerPatchWidget::setPatch(InnerPatch patch, const QStringList& facts)
{
    m_patch = std::move(patch);
    m_facts = facts;
    setAccessibleDescription(facts.join(QStringLiteral(", ")));
    update();
}

QRectF InnerPatchWidget::patchRect() const
{
    if (m_patch.empty())
        return {};
    const QRectF inside = QRectF(rect()).adjusted(3, 3, -3, -3);
    double facts = std::clamp(inside.width() * 0.42, 110.0, 260.0);
    for (const QString& fact : m_facts)
        facts = std::max(facts, std::min<double>(fontMetrics().horizontalAdvance(fact) + 4, inside.width() * 0.56));
    const QRectF part(inside.topLeft(), QSizeF(inside.width() - facts - gap, inside.height()));
    QRectF target = fitted(part, m_patch.pixels().width(), m_patch.pixels().height());
    target.moveTopLeft(inside.topLeft());
    return target;
}

QRectF InnerPatchWidget::sideRect() const
{
    const QRectF patch = patchRect();
    return QRectF(patch.right() + gap, 3, width() - patch.right() - gap - 3, height() - 6);
}

QRectF InnerPatchWidget::matrixRect() const
{
    const QRectF side = sideRect();
    const double text = (fontMetrics().height() + 3) * m_facts.size() + 8;
    const double size = std::min({side.width(), side.height() - text, largestMatrix});
    return m_patch.empty() || size < smallestMatrix ? QRectF() : QRectF(side.left(), side.top() + text, size, size);
}

void InnerPatchWidget::paintEvent(QPaintEvent*)
{
    if (m_patch.empty())
        return;
    QPainter painter(this);
    const QColor accent = palette().color(QPalette::Highlight).lighter(125);
    const DisplaySettings& display = m_exploration.display();
    const std::optional<int> token = m_exploration.hoveredInner();
    m_patch.paint(painter, patchRect(), token, display, accent);
    if (const QRectF matrix = matrixRect(); !matrix.isEmpty())
        m_patch.paintMatrix(painter, matrix, token, display.colours, accent);
    const QRectF side = sideRect();
    double y = side.top();
    for (const QString& fact : m_facts) {
        painter.setPen(palette().color(QPalette::WindowText));
        painter.drawText(QRectF(side.left(), y, side.width(), fontMetrics().height()), Qt::AlignLeft | Qt::AlignVCenter,
                         fontMetrics().elidedText(fact, Qt::ElideRight, static_cast<int>(side.width())));
        y += fontMetrics().height() + 3;
    }
}

void InnerPatchWidget::mouseMoveEvent(QMouseEvent* event)
{
    if (m_patch.empty())
        return;
    std::optional<int> token = cellAt(patchRect(), m_patch.side(), m_patch.side(), event->position());
    if (const auto cell = cellAt(matrixRect(), m_patch.tokens(), m_patch.tokens(), event->position()))
        token = m_exploration.direction() == Direction::LooksAt ? *cell / m_patch.tokens() : *cell % m_patch.tokens();
    // The other views show this patch while the mouse is in it.
    m_exploration.hover(m_patch.patch() + m_exploration.trace()->model->prefixTokens());
    m_exploration.hoverInner(token);
}

void InnerPatchWidget::mouseReleaseEvent(QMouseEvent* event)
{
    if (event->button() == Qt::LeftButton && patchRect().contains(event->position()))
        m_exploration.pin(m_patch.patch() + m_exploration.trace()->model->prefixTokens());
}

void InnerPatchWidget::leaveEvent(QEvent*)
{
    m_exploration.hoverInner(std::nullopt);
    m_exploration.hover(std::nullopt);
}

} // namespace vitrine
