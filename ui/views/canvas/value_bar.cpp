// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/canvas/value_bar.h"

#include <QContextMenuEvent>
#include <QInputDialog>
#include <QMenu>
#include <QMouseEvent>
#include <QPainter>

#include <algorithm>
#include <utility>

#include "core/explain/statistics.h"
#include "ui/views/parts/view_parts.h"
#include "ui/views/parts/view_style.h"

namespace vitrine {

namespace {

constexpr double barWidth = 14;
constexpr double gripReach = 12;

void setRange(Exploration& exploration, std::optional<ValueRange> range)
{
    DisplaySettings display = exploration.display();
    display.range = range;
    exploration.setDisplay(display);
}

}  // namespace

void fitRange(Exploration& exploration)
{
    if (const std::optional<Heatmap> map = exploration.map(); map && map->colours.empty())
        setRange(exploration, rangeOf(map->values));
}

void resetRange(Exploration& exploration)
{
    setRange(exploration, std::nullopt);
}

ValueBar::ValueBar(Exploration& exploration, QWidget* parent)
    : QWidget(parent)
    , m_exploration(exploration)
{
    setAccessibleName(tr("Colour bar"));
    setToolTip(tr("Drag an end or the middle to set the range, double-click fits it ({Fit the scale once}), {Reset the scale} "
                  "resets it,\n"
                  "right-click for numbers, percentiles and a logarithmic scale."));
    setMouseTracking(true);
    for (const auto signal :
         {&Exploration::traceChanged, &Exploration::placeChanged, &Exploration::hoverChanged, &Exploration::displayChanged})
        connect(&exploration, signal, this, qOverload<>(&QWidget::update));
    connect(&exploration, &Exploration::attentionProvided, this, qOverload<>(&QWidget::update));
    connect(&exploration, &Exploration::mapProvided, this, qOverload<>(&QWidget::update));
}

void ValueBar::setBacked(bool backed)
{
    if (std::exchange(m_backed, backed) != backed)
        update();
}

QSize ValueBar::sizeHint() const
{
    return {static_cast<int>(barWidth) + 20 + fontMetrics().horizontalAdvance(QStringLiteral("0.000888")), 160};
}

QRectF ValueBar::barRect() const
{
    const double title = fontMetrics().height() + 10;
    return {8, title, barWidth, std::max(40.0, height() - title - 10)};
}

void ValueBar::paintEvent(QPaintEvent*)
{
    const std::optional<Heatmap> map = m_exploration.map();
    if (!map || !map->colours.empty() || !m_exploration.display().heatmap)
        return;
    const DisplaySettings& display = m_exploration.display();
    QPainter painter(this);
    const QRectF bar = barRect();
    if (m_backed)
        paintBacking(painter, rect(), palette());
    const QString title = display.range                     ? tr("by hand")
                          : !m_exploration.showsAttention() ? mapName(m_exploration)
                          : m_exploration.linkedRange()     ? tr("both maps")
                          : display.sharedScale             ? tr("all maps")
                                                            : tr("this map");
    paintColourBar(painter, bar, map->range, coloursOf(*map, display), palette().color(QPalette::WindowText), title, map->scale,
                   uniformMark(m_exploration));

    const std::optional<int> token = m_exploration.hovered();
    const std::optional<float> value = token ? m_exploration.value(*token) : std::nullopt;
    if (value) {
        const double at = std::clamp<double>(positionOf(*value, map->range, map->scale), 0, 1);
        const double y = bar.bottom() - bar.height() * at;
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(Qt::NoPen);
        painter.setBrush(palette().color(QPalette::WindowText));
        painter.drawPolygon(QPolygonF{{bar.left(), y}, {bar.left() - 4, y - 4}, {bar.left() - 4, y + 4}});
        painter.setPen(QPen(Qt::white, 1));
        painter.drawLine(QPointF(bar.left(), y), QPointF(bar.right(), y));
    }
}

ValueBar::Grip ValueBar::gripAt(const QPointF& position) const
{
    const QRectF bar = barRect();
    if (position.x() > bar.right() + gripReach || !m_exploration.map())
        return Grip::None;
    if (position.y() < bar.top() + gripReach)
        return Grip::High;
    return position.y() > bar.bottom() - gripReach ? Grip::Low : Grip::Middle;
}

void ValueBar::mousePressEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton)
        return;
    m_grip = gripAt(event->position());
    m_pressed = event->position();
    if (m_grip != Grip::None)
        m_pressedRange = m_exploration.map()->range;
}

void ValueBar::mouseMoveEvent(QMouseEvent* event)
{
    if (m_grip == Grip::None) {
        setCursor(gripAt(event->position()) == Grip::None ? Qt::ArrowCursor : Qt::SizeVerCursor);
        return;
    }
    const float span = m_pressedRange.high - m_pressedRange.low;
    const auto moved = static_cast<float>((m_pressed.y() - event->position().y()) / barRect().height()) * span;
    ValueRange range = m_pressedRange;
    // An end drawn down the bar brings a smaller value to that end: what was in the middle gets the end's colour.
    if (m_grip != Grip::Low)
        range.high += moved;
    if (m_grip != Grip::High)
        range.low += moved;
    const float least = span / 1000;
    if (m_grip == Grip::High)
        range.high = std::max(range.high, range.low + least);
    if (m_grip == Grip::Low)
        range.low = std::min(range.low, range.high - least);
    setRange(m_exploration, range);
}

void ValueBar::mouseReleaseEvent(QMouseEvent*)
{
    m_grip = Grip::None;
}

void ValueBar::mouseDoubleClickEvent(QMouseEvent*)
{
    m_grip = Grip::None;
    fitRange(m_exploration);
}

void ValueBar::setPercentile(double fraction)
{
    const std::optional<Heatmap> map = m_exploration.map();
    if (!map)
        return;
    ValueRange range{quantile(map->values, 1 - fraction), quantile(map->values, fraction)};
    if (range.high <= range.low)
        range = rangeOf(map->values);
    setRange(m_exploration, range);
}

void ValueBar::askNumbers()
{
    const std::optional<Heatmap> map = m_exploration.map();
    if (!map)
        return;
    bool ok = false;
    const double low = QInputDialog::getDouble(this, tr("Colour range"), tr("Lowest value"), map->range.low, -1e9, 1e9, 6, &ok,
                                               {}, 0.001);
    const double high = ok ? QInputDialog::getDouble(this, tr("Colour range"), tr("Highest value"), map->range.high, -1e9, 1e9,
                                                     6, &ok, {}, 0.001)
                           : 0;
    if (ok && high > low)
        setRange(m_exploration, ValueRange{static_cast<float>(low), static_cast<float>(high)});
}

void ValueBar::contextMenuEvent(QContextMenuEvent* event)
{
    QMenu menu(this);
    menu.addAction(tr("Set numbers…"), this, &ValueBar::askNumbers);
    menu.addAction(tr("Fit to this map"), this, [this] { fitRange(m_exploration); });
    menu.addAction(tr("From the 1st to the 99th percentile"), this, [this] { setPercentile(0.99); });
    menu.addAction(tr("From the 5th to the 95th percentile"), this, [this] { setPercentile(0.95); });
    QAction* logarithmic = menu.addAction(tr("Logarithmic"), this, [this] {
        DisplaySettings display = m_exploration.display();
        display.logarithmic = !display.logarithmic;
        m_exploration.setDisplay(display);
    });
    logarithmic->setCheckable(true);
    logarithmic->setChecked(m_exploration.display().logarithmic);
    menu.addSeparator();
    menu.addAction(tr("Reset"), this, [this] { resetRange(m_exploration); });
    menu.exec(event->globalPos());
}

}  // namespace vitrine
