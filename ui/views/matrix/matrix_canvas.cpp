// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/matrix/matrix_canvas.h"

#include <algorithm>

#include <QKeyEvent>
#include <QMouseEvent>
#include <QNativeGestureEvent>
#include <QWheelEvent>

#include "ui/views/parts/view_parts.h"
#include "ui/views/parts/view_style.h"

namespace vitrine {

namespace {

constexpr double leftMargin = 60, topMargin = 24;
constexpr double largestMatrixCell = 72;

}  // namespace

MatrixCanvas::MatrixCanvas(Exploration& exploration, QWidget* parent)
    : QWidget(parent)
    , m_exploration(exploration)
    , m_layout(largestMatrixCell, ZoomPan::Bounds::Covering)
{
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    installAccessibleParts();
    setAccessibleName(tr("Attention matrix: queries down, keys across"));
}

void MatrixCanvas::setPicture(MatrixPicture picture, const QString& message)
{
    m_picture = std::move(picture);
    m_message = message;
    // Another layer or picture keeps the place one has zoomed to.
    if (!m_picture.empty())
        m_layout.setScene(QRectF(0, 0, m_picture.tokens(), m_picture.tokens()));
    redraw();
}

QRectF MatrixCanvas::clip() const
{
    return QRectF(rect()).adjusted(leftMargin, topMargin, -4, -4);
}

void MatrixCanvas::fit()
{
    m_layout.fit();
    redraw();
}

void MatrixCanvas::zoomAt(const QPointF& position, double factor)
{
    if (m_picture.empty())
        return;
    m_layout.zoomAt(position, factor);
    redraw();
}

std::optional<MatrixCanvas::Cell> MatrixCanvas::cellUnder(const QPointF& position) const
{
    const int tokens = m_picture.tokens();
    if (!clip().contains(position))
        return std::nullopt;
    const std::optional<int> cell = cellAt(target(), tokens, tokens, position);
    return cell ? std::optional(Cell{*cell / tokens, *cell % tokens}) : std::nullopt;
}

std::optional<MatrixCanvas::Cell> MatrixCanvas::hoveredCell() const
{
    const std::optional<int> token = m_exploration.hovered(), other = m_exploration.hoveredKey();
    if (!token || !other || m_picture.empty())
        return std::nullopt;
    return m_exploration.direction() == Direction::LooksAt ? Cell{*token, *other} : Cell{*other, *token};
}

void MatrixCanvas::hoverCell(const Cell& cell)
{
    // In both directions the first token is the one whose map the other views show.
    if (m_exploration.direction() == Direction::LooksAt)
        m_exploration.hover(cell.query, cell.key);
    else
        m_exploration.hover(cell.key, cell.query);
}

void MatrixCanvas::pinCell(const Cell& cell)
{
    m_exploration.pin(m_exploration.direction() == Direction::LooksAt ? cell.query : cell.key);
}

QString MatrixCanvas::partName(int part) const
{
    const Cell cell = cellOf(part);
    const auto name = [&](int token) { return QString::fromStdString(m_exploration.trace()->model->tokenName(token)); };
    return m_exploration.trace() ? tr("%1 looks at %2").arg(name(cell.query), name(cell.key)) : QString();
}

QString MatrixCanvas::partValue(int part) const
{
    const Cell cell = cellOf(part);
    return formatValue(static_cast<double>(m_picture.at(cell.query, cell.key)));
}

QRectF MatrixCanvas::partRect(int part) const
{
    const Cell cell = cellOf(part);
    return cellRect(target(), m_picture.tokens(), m_picture.tokens(), cell.query, cell.key).intersected(clip());
}

int MatrixCanvas::partAt(const QPointF& position) const
{
    const std::optional<Cell> cell = cellUnder(position);
    return cell ? cell->query * m_picture.tokens() + cell->key : -1;
}

bool MatrixCanvas::isPartChosen(int part) const
{
    const Cell cell = cellOf(part);
    return m_exploration.pinned() == (m_exploration.direction() == Direction::LooksAt ? cell.query : cell.key);
}

void MatrixCanvas::pressPart(int part)
{
    pinCell(cellOf(part));
}

void MatrixCanvas::paintMarks(QPainter& painter) const
{
    const QRectF area = target();
    const double cell = area.width() / m_picture.tokens();
    const bool rows = m_exploration.direction() == Direction::LooksAt;
    const auto band = [&](int token, bool isRow) {
        return isRow ? QRectF(area.left(), area.top() + token * cell, area.width(), cell)
                     : QRectF(area.left() + token * cell, area.top(), cell, area.height());
    };
    painter.save();
    painter.setClipRect(clip());
    const QColor accent(markColour);
    if (const std::optional<Cell> hovered = hoveredCell()) {
        painter.setPen(QPen(QColor(255, 255, 255, 120), 1));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(band(rows ? hovered->key : hovered->query, !rows));
        paintOutline(painter, band(m_exploration.shownToken(), rows), accent, 1.5);
        paintOutline(
            painter,
            cellRect(area, m_picture.tokens(), m_picture.tokens(), hovered->query, hovered->key).adjusted(-1, -1, 1, 1),
            Qt::white, 1.5);
    } else {
        paintOutline(painter, band(m_exploration.shownToken(), rows), accent, 1.5);
    }
    painter.restore();
}

void MatrixCanvas::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    if (m_picture.empty()) {
        paintMessage(painter, rect(), m_message, palette());
    } else {
        if (m_drawn.isNull() || m_drawn.devicePixelRatio() != devicePixelRatioF()) {
            m_drawn = QPixmap(size() * devicePixelRatioF());
            m_drawn.setDevicePixelRatio(devicePixelRatioF());
            m_drawn.fill(Qt::transparent);
            QPainter matrix(&m_drawn);
            matrix.setFont(font());
            m_picture.paint(matrix, target(), clip());
            m_picture.paintAxes(matrix, target(), clip(), quietText(palette()));
        }
        painter.drawPixmap(0, 0, m_drawn);
        paintMarks(painter);
    }
    if (hasFocus())
        paintFocusRing(painter, rect(), palette());
}

void MatrixCanvas::resizeEvent(QResizeEvent*)
{
    const double side = std::max(0.0, std::min(clip().width(), clip().height()));
    m_layout.setViewport({clip().topLeft(), QSizeF(side, side)});
    redraw();
}

void MatrixCanvas::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        redraw();
}

void MatrixCanvas::redraw()
{
    m_drawn = {};
    update();
}

bool MatrixCanvas::event(QEvent* event)
{
    if (event->type() == QEvent::NativeGesture && !m_picture.empty()
        && m_layout.pinch(static_cast<QNativeGestureEvent&>(*event))) {
        redraw();
        return true;
    }
    return QWidget::event(event);
}

void MatrixCanvas::wheelEvent(QWheelEvent* event)
{
    event->setAccepted(!m_picture.empty());
    if (!m_picture.empty() && !m_wheel.turn(*event, m_exploration) && m_layout.turn(*event))
        redraw();
}

void MatrixCanvas::mousePressEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton && event->button() != Qt::MiddleButton) {
        event->ignore();
        return;
    }
    m_layout.grip(event->position(), event->button() == Qt::MiddleButton);
}

void MatrixCanvas::mouseMoveEvent(QMouseEvent* event)
{
    if (event->buttons() == Qt::NoButton)
        m_layout.letGo();  // the release went elsewhere, as after a drag out of the window
    if (m_layout.isGripped()) {
        if (m_layout.drag(event->position()))
            redraw();
        return;
    }
    if (const std::optional<Cell> cell = cellUnder(event->position()))
        hoverCell(*cell);
    else
        m_exploration.hover(std::nullopt);
}

void MatrixCanvas::mouseReleaseEvent(QMouseEvent* event)
{
    if (!m_layout.letGo() || event->button() != Qt::LeftButton)
        return;
    if (const std::optional<Cell> cell = cellUnder(event->position()))
        pinCell(*cell);
}

void MatrixCanvas::mouseDoubleClickEvent(QMouseEvent* event)
{
    if (!m_layout.isFitted() || m_picture.empty()) {
        fit();
        return;
    }
    // Close enough to read the numbers in the cells.
    zoomAt(event->position(), 44 / m_layout.zoom());
}

void MatrixCanvas::leaveEvent(QEvent*)
{
    m_exploration.hover(std::nullopt);
}

void MatrixCanvas::moveCursor(int queries, int keys)
{
    const int last = m_picture.tokens() - 1, shown = m_exploration.shownToken();
    const bool rows = m_exploration.direction() == Direction::LooksAt;
    const Cell from = hoveredCell().value_or(rows ? Cell{shown, 0} : Cell{0, shown});
    const Cell to{std::clamp(from.query + queries, 0, last), std::clamp(from.key + keys, 0, last)};
    hoverCell(to);
    // The cursor takes the view along.
    const QRectF cell = cellRect(target(), last + 1, last + 1, to.query, to.key), area = clip();
    m_layout.pan({std::max(0.0, area.left() - cell.left()) - std::max(0.0, cell.right() - area.right()),
                  std::max(0.0, area.top() - cell.top()) - std::max(0.0, cell.bottom() - area.bottom())});
    redraw();
    tellPart(this, to.query * m_picture.tokens() + to.key);
}

void MatrixCanvas::keyPressEvent(QKeyEvent* event)
{
    const int step = event->modifiers() & Qt::ShiftModifier ? 10 : 1;
    if (m_picture.empty() || (event->modifiers() & (Qt::ControlModifier | Qt::AltModifier))) {
        event->ignore();
        return;
    }
    switch (event->key()) {
    case Qt::Key_Left:
        moveCursor(0, -step);
        break;
    case Qt::Key_Right:
        moveCursor(0, step);
        break;
    case Qt::Key_Up:
        moveCursor(-step, 0);
        break;
    case Qt::Key_Down:
        moveCursor(step, 0);
        break;
    case Qt::Key_Plus:
    case Qt::Key_Equal:
        zoomAt(clip().center(), 1.2);
        break;
    case Qt::Key_Minus:
        zoomAt(clip().center(), 1 / 1.2);
        break;
    case Qt::Key_F:
        fit();
        break;
    case Qt::Key_P:
    case Qt::Key_Return:
    case Qt::Key_Enter:
        m_exploration.pin(m_exploration.hovered());
        break;
    case Qt::Key_Escape:
        if (m_exploration.pinned()) {
            m_exploration.pin(std::nullopt);
            break;
        }
        [[fallthrough]];
    default:
        event->ignore();
    }
}

}  // namespace vitrine
