// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/anatomy/anatomy_diagram.h"

#include <QFontMetricsF>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QToolTip>

#include <algorithm>

#include "ui/views/parts/view_parts.h"

namespace vitrine {

AnatomyDiagram::AnatomyDiagram(QWidget* parent)
    : QWidget(parent)
{
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(tr("Stages of the network"));
}

void AnatomyDiagram::setModel(std::shared_ptr<const ModelSpec> spec, int layer)
{
    if (spec == m_spec && layer == m_layer)
        return;
    m_spec = std::move(spec);
    m_layer = layer;
    arrange();
    if (m_spec && !m_layout.find(m_chosen))
        m_chosen = StageKind::Attention;
}

void AnatomyDiagram::choose(StageKind stage)
{
    const auto box = m_layout.find(stage);
    if (stage == m_chosen || (m_spec && !box))
        return;
    m_chosen = stage;
    if (!box)
        return;
    const AnatomyBox& shown = m_layout.boxes[*box];
    setAccessibleDescription(shown.title + QStringLiteral(", ") + shapeText(shown.shape) + QStringLiteral(": ")
                             + shown.sentence);
    update();
    Q_EMIT stageChosen();
}

void AnatomyDiagram::arrange()
{
    m_hovered.reset();
    m_layout = m_spec ? layoutAnatomy(*m_spec, m_layer, width(), font()) : AnatomyLayout();
    setMinimumHeight(std::max(0, static_cast<int>(m_layout.size.height())));
    update();
}

bool AnatomyDiagram::event(QEvent* event)
{
    if (event->type() != QEvent::ToolTip)
        return QWidget::event(event);
    const auto* help = static_cast<QHelpEvent*>(event);
    if (const auto box = m_layout.boxAt(help->pos()))
        QToolTip::showText(help->globalPos(), m_layout.boxes[*box].sentence + QLatin1Char('\n') + m_layout.boxes[*box].formula,
                           this);
    else
        QToolTip::hideText();
    return true;
}

void AnatomyDiagram::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setFont(font());
    paintAnatomy(painter, m_layout, {m_layout.find(m_chosen), m_hovered, hasFocus()}, palette());
}

void AnatomyDiagram::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    if (event->size().width() != event->oldSize().width())
        arrange();
}

void AnatomyDiagram::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::FontChange)
        arrange();
}

void AnatomyDiagram::mouseMoveEvent(QMouseEvent* event)
{
    const auto box = m_layout.boxAt(event->position());
    if (box == m_hovered)
        return;
    m_hovered = box;
    setCursor(box ? Qt::PointingHandCursor : Qt::ArrowCursor);
    update();
}

void AnatomyDiagram::mousePressEvent(QMouseEvent* event)
{
    const auto box = m_layout.boxAt(event->position());
    if (event->button() == Qt::LeftButton && box)
        choose(m_layout.boxes[*box].stage);
}

void AnatomyDiagram::leaveEvent(QEvent*)
{
    m_hovered.reset();
    update();
}

void AnatomyDiagram::keyPressEvent(QKeyEvent* event)
{
    const auto box = m_layout.find(m_chosen);
    const auto key = static_cast<Qt::Key>(event->key());
    const bool arrow = key == Qt::Key_Left || key == Qt::Key_Right || key == Qt::Key_Up || key == Qt::Key_Down;
    if (!box || !arrow || event->modifiers() & ~Qt::KeypadModifier) {
        event->ignore();
        return;
    }
    choose(m_layout.boxes[m_layout.neighbour(*box, key)].stage);
}

StageNumbersWidget::StageNumbersWidget(QWidget* parent)
    : QWidget(parent)
{
    setMouseTracking(true);
    setAccessibleName(tr("Numbers of the chosen stage"));
}

void StageNumbersWidget::setNumbers(std::optional<StageNumbers> numbers, const QString& whyNot)
{
    m_numbers = std::move(numbers);
    m_whyNot = whyNot;
    m_picture = m_numbers ? numbersPicture(*m_numbers) : QImage();
    setAccessibleDescription(m_numbers ? statisticsText(*m_numbers) : whyNot);
    Q_EMIT hovered(-1, -1);
    update();
}

void StageNumbersWidget::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setFont(font());
    if (m_numbers)
        paintNumbers(painter, QRectF(rect()).adjusted(0, 8, 0, -4), *m_numbers, m_picture, palette());
    else
        paintMessage(painter, rect(), m_whyNot, palette());
}

void StageNumbersWidget::mouseMoveEvent(QMouseEvent* event)
{
    if (!m_numbers)
        return;
    const NumbersLayout layout = layoutNumbers(*m_numbers, QRectF(rect()).adjusted(0, 8, 0, -4), QFontMetricsF(font()));
    const int rows = static_cast<int>(m_numbers->table.dim(0)), columns = static_cast<int>(m_numbers->table.dim(1));
    const auto cell = cellAt(layout.map, rows, columns, event->position());
    Q_EMIT hovered(cell ? *cell / columns : -1, cell ? *cell % columns : -1);
}

void StageNumbersWidget::leaveEvent(QEvent*)
{
    Q_EMIT hovered(-1, -1);
}

}  // namespace vitrine
