// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/canvas/canvas_view.h"

#include <QKeyEvent>
#include <QNativeGestureEvent>
#include <QPainter>
#include <QToolTip>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>
#include <utility>

#include "ui/picture/decode.h"
#include "ui/views/canvas/patch_grid.h"
#include "ui/views/parts/command_keys.h"
#include "ui/views/parts/view_parts.h"
#include "ui/views/parts/view_style.h"

namespace vitrine {

CanvasView::CanvasView(Exploration& exploration, QWidget* parent)
    : QWidget(parent)
    , m_exploration(exploration)
{
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    setAttribute(Qt::WA_OpaquePaintEvent);
    setContextMenuPolicy(Qt::CustomContextMenu);
    installAccessibleParts();
    setAccessibleName(tr("Picture"));
    connect(&exploration, &Exploration::traceChanged, this, &CanvasView::takeTrace);
    connect(&exploration, &Exploration::attentionProvided, this, &CanvasView::refreshMap);
    connect(&exploration, &Exploration::mapProvided, this, &CanvasView::refreshMap);
    connect(&exploration, &Exploration::placeChanged, this, &CanvasView::refreshMap);
    connect(&exploration, &Exploration::hoverChanged, this, &CanvasView::refreshMap);
    connect(&exploration, &Exploration::displayChanged, this, &CanvasView::refreshMap);
    takeTrace();
}

void CanvasView::setPicture(const Image& picture, const QString& name)
{
    m_scene.original = toQImage(picture);
    m_scene.view = {};
    m_scene.crop.reset();
    m_scene.grid = {};
    m_pictureName = name;
    m_layout.setScene(m_scene.shown());
    m_layout.fit();
    redraw();
}

void CanvasView::takeTrace()
{
    const auto& trace = m_exploration.trace();
    const bool fits = trace && trace->picture.originalWidth == m_scene.original.width()
                      && trace->picture.originalHeight == m_scene.original.height();
    if (fits) {
        m_scene = canvasScene(m_scene.original, *trace, m_scene.area);
    } else {
        m_scene.grid = {};
    }
    m_layout.setScene(m_scene.shown());
    redraw();
    refreshMap();
}

void CanvasView::setArea(CanvasArea area)
{
    if (area == m_scene.area)
        return;
    m_scene.area = area;
    m_layout.setScene(m_scene.shown());
    redraw();
    Q_EMIT areaChanged();
}

void CanvasView::setErasing(bool erasing)
{
    if (erasing == m_erasing)
        return;
    m_erasing = erasing;
    m_stroking = false;
    updateCursor();
    Q_EMIT erasingChanged(erasing);
}

void CanvasView::stroke(const QPointF& position, bool begins)
{
    const std::optional<int> patch = patchAt(position);
    if (!patch)
        return;
    WhatIf change = m_exploration.place().change;
    std::vector<int>& erased = change.erased;
    const auto at = std::ranges::lower_bound(erased, *patch);
    const bool isErased = at != erased.end() && *at == *patch;
    if (begins)
        m_restoring = isErased;
    if (isErased != m_restoring)
        return;
    if (isErased)
        erased.erase(at);
    else
        erased.insert(at, *patch);
    m_exploration.setChange(change, !begins);
}

void CanvasView::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    if (m_mapIsOld)
        refreshMap();
}

void CanvasView::refreshMap()
{
    m_mapIsOld = window()->isVisible() && !isVisible();
    if (m_mapIsOld)
        return;
    m_map = m_exploration.map();
    setAccessibleDescription(accessibleState());
    update();
}

void CanvasView::redraw()
{
    m_picture = {};
    update();
    Q_EMIT layoutChanged();
}

void CanvasView::fit()
{
    m_layout.fit();
    redraw();
}

void CanvasView::actualSize()
{
    m_layout.setZoom(1 / devicePixelRatioF());
    redraw();
}

void CanvasView::zoomBy(double factor)
{
    m_layout.zoomAt(QRectF(rect()).center(), factor);
    redraw();
}

void CanvasView::panBy(const QPointF& delta)
{
    m_layout.pan(delta);
    redraw();
}

void CanvasView::toggleCloseUp()
{
    const auto& trace = m_exploration.trace();
    if (!m_layout.isFitted() || !trace) {
        fit();
        return;
    }
    const ModelSpec& spec = *trace->model;
    const int patch = m_exploration.hovered().value_or(-1) - spec.prefixTokens();
    const int shown = patch >= 0 ? patch : m_exploration.shownPatch().value_or(spec.patches() / 2);
    m_layout.closeUp(
        cellRect(m_scene.grid, spec.gridHeight(), spec.gridWidth(), shown / spec.gridWidth(), shown % spec.gridWidth()));
    redraw();
}

QRectF CanvasView::patchRect(int patch) const
{
    const auto& trace = m_exploration.trace();
    if (!trace)
        return {};
    const ModelSpec& spec = *trace->model;
    return cellRect(m_layout.toViewport(m_scene.grid), spec.gridHeight(), spec.gridWidth(), patch / spec.gridWidth(),
                    patch % spec.gridWidth());
}

int CanvasView::partCount() const
{
    return m_exploration.trace() && !m_scene.grid.isEmpty() ? m_exploration.trace()->model->patches() : 0;
}

QString CanvasView::partName(int part) const
{
    return QString::fromStdString(m_exploration.trace()->model->tokenName(prefixTokens() + part));
}

QString CanvasView::partValue(int part) const
{
    const std::optional<float> value = m_exploration.value(prefixTokens() + part);
    return value ? QStringLiteral("%1 %2").arg(mapName(m_exploration), formatValue(static_cast<double>(*value))) : QString();
}

QRectF CanvasView::partRect(int part) const
{
    return patchRect(part);
}

bool CanvasView::isPartChosen(int part) const
{
    return m_exploration.pinned() == prefixTokens() + part;
}

void CanvasView::pressPart(int part)
{
    m_exploration.pin(prefixTokens() + part);
}

int CanvasView::prefixTokens() const
{
    return m_exploration.trace() ? m_exploration.trace()->model->prefixTokens() : 0;
}

bool CanvasView::hasInside() const
{
    return m_exploration.trace() && !m_exploration.trace()->innerAttention.empty();
}

std::optional<int> CanvasView::patchAt(const QPointF& position) const
{
    const auto& trace = m_exploration.trace();
    if (!trace)
        return std::nullopt;
    return cellAt(m_layout.toViewport(m_scene.grid), trace->model->gridHeight(), trace->model->gridWidth(), position);
}

CanvasMarks CanvasView::marks() const
{
    const std::optional<int> hovered = m_exploration.hovered();
    CanvasMarks result;
    // A method's map is of the picture, not of a query.
    if (!m_exploration.method() || m_exploration.pinned())
        result.query = m_exploration.shownPatch();
    result.pinned = m_exploration.pinned().has_value();
    result.erased = m_exploration.place().change.erased;
    // In the matrix a cell is hovered: its other token is the one that is not the query.
    const std::optional<int> other = m_exploration.hoveredKey() ? m_exploration.hoveredKey() : hovered;
    if (other && *other >= prefixTokens())
        result.hovered = *other - prefixTokens();
    return result;
}

void CanvasView::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    const QColor background = palette().color(QPalette::Window);
    if (m_scene.original.isNull()) {
        painter.fillRect(rect(), background);
        paintMessage(painter, rect(),
                     withKeys(tr("Drop a picture here, paste one with {Paste a picture}, or open one with {Open pictures}.\n"
                                 "A folder, a checkpoint or a list of labels can be dropped as well."),
                              *this),
                     palette());
    } else {
        if (m_picture.isNull()) {
            m_picture = QPixmap(size() * devicePixelRatioF());
            m_picture.setDevicePixelRatio(devicePixelRatioF());
            m_picture.fill(background);
            QPainter picture(&m_picture);
            paintCanvasPicture(picture, m_layout, m_scene, palette());
        }
        painter.drawPixmap(0, 0, m_picture);
        paintCanvasOverlay(painter, m_layout, m_scene, m_map, m_exploration.display(), marks());
    }
    if (hasFocus() && m_keyboardFocus)
        paintFocusRing(painter, rect(), palette());
}

void CanvasView::focusInEvent(QFocusEvent* event)
{
    QWidget::focusInEvent(event);
    // Whoever came by mouse knows where he is.
    m_keyboardFocus = event->reason() == Qt::TabFocusReason || event->reason() == Qt::BacktabFocusReason
                      || event->reason() == Qt::ShortcutFocusReason;
    update();
}

void CanvasView::resizeEvent(QResizeEvent*)
{
    m_layout.setViewport(rect());
    redraw();
}

void CanvasView::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        redraw();
}

bool CanvasView::event(QEvent* event)
{
    if (event->type() == QEvent::NativeGesture && m_layout.pinch(static_cast<QNativeGestureEvent&>(*event))) {
        redraw();
        return true;
    }
    return QWidget::event(event);
}

void CanvasView::wheelEvent(QWheelEvent* event)
{
    event->accept();
    if (!m_wheel.turn(*event, m_exploration) && m_layout.turn(*event))
        redraw();
}

void CanvasView::mousePressEvent(QMouseEvent* event)
{
    m_stroking = m_erasing && event->button() == Qt::LeftButton;
    const bool pans = !m_stroking && (event->button() == Qt::MiddleButton || event->button() == Qt::LeftButton);
    if (m_stroking) {
        m_stroked = event->position();
        stroke(m_stroked, true);
    } else if (pans) {
        m_layout.grip(event->position(), event->button() == Qt::MiddleButton);
    }
    event->setAccepted(pans || m_stroking);
}

void CanvasView::mouseMoveEvent(QMouseEvent* event)
{
    const QPointF position = event->position();
    if (m_stroking) {
        // A fast hand leaves no gaps.
        constexpr double step = 4;
        const QPointF way = position - m_stroked;
        const int steps = std::max(1, static_cast<int>(std::hypot(way.x(), way.y()) / step));
        for (int i = 1; i <= steps; ++i)
            stroke(m_stroked + way * (double(i) / steps), false);
        m_stroked = position;
        return;
    }
    if (event->buttons() & (Qt::LeftButton | Qt::MiddleButton) || m_spaceHeld) {
        if (event->buttons() == Qt::NoButton && !m_layout.isGripped())
            m_layout.grip(position, true);
        if (m_layout.drag(position)) {
            updateCursor();
            redraw();
        }
        return;
    }
    m_layout.letGo();  // the release went elsewhere, as after a drag out of the window
    const std::optional<int> patch = patchAt(position);
    m_exploration.hover(patch ? std::optional(*patch + prefixTokens()) : std::nullopt);
    showValue(event->globalPosition().toPoint());
}

void CanvasView::mouseReleaseEvent(QMouseEvent* event)
{
    const bool clicked = m_layout.letGo() && event->button() == Qt::LeftButton;
    updateCursor();
    if (std::exchange(m_stroking, false) || !clicked)
        return;
    const std::optional<int> patch = patchAt(event->position());
    m_exploration.pin(patch ? std::optional(*patch + prefixTokens()) : std::nullopt);
}

void CanvasView::mouseDoubleClickEvent(QMouseEvent* event)
{
    if (m_erasing && event->button() == Qt::LeftButton)
        stroke(event->position(), true);
    else if (const std::optional<int> patch = patchAt(event->position());
             event->button() == Qt::LeftButton && patch && hasInside())
        Q_EMIT patchOpened(*patch);
    else if (event->button() == Qt::LeftButton)
        toggleCloseUp();
}

void CanvasView::leaveEvent(QEvent*)
{
    m_exploration.hover(std::nullopt);
    QToolTip::hideText();
}

void CanvasView::updateCursor()
{
    if (m_layout.isDragged() && !m_spaceHeld)
        setCursor(Qt::ClosedHandCursor);
    else if (m_spaceHeld)
        setCursor(Qt::OpenHandCursor);
    else if (m_erasing)
        setCursor(Qt::CrossCursor);
    else
        unsetCursor();
}

void CanvasView::showValue(const QPoint& globalPosition)
{
    const std::optional<int> token = m_exploration.hovered();
    const std::optional<float> value = token ? m_exploration.value(*token) : std::nullopt;
    if (!value) {
        QToolTip::hideText();
        return;
    }
    const ModelSpec& spec = *m_exploration.trace()->model;
    if (!m_exploration.showsAttention()) {
        QToolTip::showText(globalPosition + QPoint(14, 10),
                           tr("<p style='white-space:pre'><b>%1</b><br>%2 <b>%3</b></p>")
                               .arg(QString::fromStdString(spec.tokenName(*token)).toHtmlEscaped(), mapName(m_exploration),
                                    formatValue(*value)),
                           this, {}, 60'000);
        return;
    }
    const bool itself = *token == m_exploration.shownToken();
    QToolTip::showText(globalPosition + QPoint(14, 10),
                       tr("<p style='white-space:pre'><b>%1</b>%2<br>attention <b>%3</b><br>%4</p>")
                           .arg(QString::fromStdString(spec.tokenName(*token)).toHtmlEscaped(),
                                itself ? tr(" on itself") : QString(), formatValue(*value),
                                timesUniform(*value, spec.tokens())),
                       this, {}, 60'000);
}

void CanvasView::movePatch(int rows, int columns)
{
    if (!m_exploration.trace())
        return;
    const ModelSpec& spec = *m_exploration.trace()->model;
    const int prefix = spec.prefixTokens();
    const bool pinned = m_exploration.pinned() && *m_exploration.pinned() >= prefix;
    const std::optional<int> from = pinned ? m_exploration.pinned() : m_exploration.hovered();
    const int middle = spec.gridHeight() / 2 * spec.gridWidth() + spec.gridWidth() / 2;
    const int to = prefix + (from && *from >= prefix ? movedPatch(*from - prefix, rows, columns, spec) : middle);
    if (pinned)
        m_exploration.pin(to);
    else
        m_exploration.hover(to);
    tellPart(this, to - prefix);
}

void CanvasView::keyPressEvent(QKeyEvent* event)
{
    const bool control = event->modifiers() & Qt::ControlModifier;
    const auto move = [&](int rows, int columns) {
        if (control)
            panBy(QPointF(-columns, -rows) * 60);
        else
            movePatch(rows, columns);
    };
    // Shift+arrows walk through pixels, Alt+arrows through places: neither is the canvas's own.
    const bool mine = !(event->modifiers() & (Qt::ShiftModifier | Qt::AltModifier));
    switch (mine ? event->key() : 0) {
    case Qt::Key_Left:
        move(0, -1);
        return;
    case Qt::Key_Right:
        move(0, 1);
        return;
    case Qt::Key_Up:
        move(-1, 0);
        return;
    case Qt::Key_Down:
        move(1, 0);
        return;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        // What is pinned already is looked into.
        if (const std::optional<int> patch = m_exploration.shownPatch(); patch && m_exploration.pinned() && hasInside()) {
            Q_EMIT patchOpened(*patch);
            return;
        }
        [[fallthrough]];
    case Qt::Key_P:
        if (m_exploration.hovered())
            m_exploration.pin(m_exploration.hovered());
        return;
    case Qt::Key_Space:
        if (!event->isAutoRepeat()) {
            m_spaceHeld = true;
            m_layout.letGo();
            updateCursor();
        }
        return;
    default:
        QWidget::keyPressEvent(event);
    }
}

void CanvasView::keyReleaseEvent(QKeyEvent* event)
{
    if (event->key() != Qt::Key_Space || event->isAutoRepeat()) {
        QWidget::keyReleaseEvent(event);
        return;
    }
    m_spaceHeld = false;
    m_layout.letGo();
    updateCursor();
}

QString CanvasView::accessibleState() const
{
    const auto& trace = m_exploration.trace();
    if (!trace)
        return m_pictureName;
    return tr("%1, layer %2, %3, %4 %5")
        .arg(m_pictureName)
        .arg(m_exploration.layer())
        .arg(QString::fromStdString(toString(m_exploration.heads())),
             QString::fromStdString(trace->model->tokenName(m_exploration.shownToken())),
             m_exploration.direction() == Direction::LooksAt ? tr("looks at") : tr("is looked at by"));
}

CanvasPart CanvasView::part() const
{
    return canvasPart(m_exploration, m_scene, m_pictureName);
}

Figure CanvasView::figure() const
{
    return canvasFigure({part()}, {.size = {.millimetres = 0}, .grid = m_exploration.display().grid});
}

}  // namespace vitrine
