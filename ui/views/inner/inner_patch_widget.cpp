// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/inner/inner_patch_widget.h"

#include <algorithm>

#include <QMouseEvent>

#include "ui/views/parts/view_parts.h"
#include "ui/views/parts/view_style.h"

namespace vitrine {

namespace {

constexpr double matrixGap = 14, smallestMatrix = 48, largestMatrix = 200;

}  // namespace

InnerPatchWidget::InnerPatchWidget(Exploration& exploration, QWidget* parent)
    : QWidget(parent)
    , m_exploration(exploration)
{
    setMouseTracking(true);
    installAccessibleParts();
    setAccessibleName(tr("Inner tokens of one patch"));
}

void InnerPatchWidget::setPatch(InnerPatch patch, const QStringList& facts)
{
    m_patch = std::move(patch);
    m_facts = facts;
    setAccessibleDescription(facts.join(QStringLiteral(", ")));
    update();
}

int InnerPatchWidget::partCount() const
{
    return m_patch.empty() ? 0 : m_patch.tokens();
}

QString InnerPatchWidget::partName(int part) const
{
    return tr("inner token %1, %2").arg(part / m_patch.side()).arg(part % m_patch.side());
}

QString InnerPatchWidget::partValue(int part) const
{
    return formatValue(static_cast<double>(m_patch.weights(m_exploration.hoveredInner())[static_cast<std::size_t>(part)]));
}

QRectF InnerPatchWidget::partRect(int part) const
{
    return cellRect(parts().patch, m_patch.side(), m_patch.side(), part / m_patch.side(), part % m_patch.side());
}

bool InnerPatchWidget::isPartChosen(int part) const
{
    return m_exploration.hoveredInner() == part;
}

void InnerPatchWidget::pressPart(int part)
{
    m_exploration.hoverInner(part);
}

InnerPatchWidget::Parts InnerPatchWidget::parts() const
{
    if (m_patch.empty())
        return {};
    const QRectF inside = QRectF(rect()).adjusted(3, 3, -3, -3);
    const double line = fontMetrics().height() + 3, text = line * static_cast<double>(m_facts.size());
    double factsWidth = std::clamp(inside.width() * 0.42, 110.0, 260.0);
    for (const QString& fact : m_facts)
        factsWidth = std::max(factsWidth, std::min<double>(fontMetrics().horizontalAdvance(fact) + 4, inside.width() * 0.56));
    const double belowHeight = std::max(5 * line, 90.0);
    const auto patchIn = [&](const QSizeF& size) {
        QRectF target = fitted(QRectF(inside.topLeft(), size), m_patch.pixels().width(), m_patch.pixels().height());
        target.moveTopLeft(inside.topLeft());
        return target;
    };
    const QRectF beside = patchIn({inside.width() - factsWidth - matrixGap, inside.height()});
    const QRectF above = patchIn({inside.width(), std::max(0.0, inside.height() - belowHeight - matrixGap)});
    Parts result;
    if (beside.width() >= above.width()) {
        result.patch = beside;
        const QRectF side(beside.right() + matrixGap, inside.top(), inside.right() - beside.right() - matrixGap,
                          inside.height());
        const double matrix = std::min({side.width(), side.height() - text - 8, largestMatrix});
        result.facts = QRectF(side.topLeft(), QSizeF(side.width(), text));
        result.matrix = QRectF(side.left(), side.top() + text + 8, matrix, matrix);
    } else {
        result.patch = above;
        const double top = above.bottom() + matrixGap;
        const double matrix = std::min({inside.bottom() - top, inside.width() - factsWidth - matrixGap, largestMatrix});
        result.matrix = QRectF(inside.left(), top, matrix, matrix);
        result.facts = QRectF(inside.left() + matrix + matrixGap, top, inside.width() - matrix - matrixGap, text);
    }
    if (result.matrix.width() < smallestMatrix)
        result.matrix = {};
    return result;
}

void InnerPatchWidget::paintEvent(QPaintEvent*)
{
    if (m_patch.empty())
        return;
    QPainter painter(this);
    const DisplaySettings& display = m_exploration.display();
    const std::optional<int> token = m_exploration.hoveredInner();
    const Parts part = parts();
    m_patch.paint(painter, part.patch, token, display);
    if (!part.matrix.isEmpty())
        m_patch.paintMatrix(painter, part.matrix, token, display.colours);
    const QRectF& side = part.facts;
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
    const Parts part = parts();
    std::optional<int> token = cellAt(part.patch, m_patch.side(), m_patch.side(), event->position());
    if (const auto cell = cellAt(part.matrix, m_patch.tokens(), m_patch.tokens(), event->position()))
        token = m_exploration.direction() == Direction::LooksAt ? *cell / m_patch.tokens() : *cell % m_patch.tokens();
    // The other views show this patch while the mouse is in it.
    m_exploration.hover(m_patch.patch() + m_exploration.trace()->model->prefixTokens());
    m_exploration.hoverInner(token);
}

void InnerPatchWidget::mouseReleaseEvent(QMouseEvent* event)
{
    if (event->button() == Qt::LeftButton && parts().patch.contains(event->position()))
        m_exploration.pin(m_patch.patch() + m_exploration.trace()->model->prefixTokens());
}

void InnerPatchWidget::leaveEvent(QEvent*)
{
    m_exploration.hoverInner(std::nullopt);
    m_exploration.hover(std::nullopt);
}

}  // namespace vitrine
