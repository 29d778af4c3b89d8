// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/predictions/predictions_chart_view.h"

#include <memory>

#include <QApplication>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QToolTip>

#include <algorithm>
#include <cmath>

namespace vitrine {

PredictionsChartView::PredictionsChartView(const PredictionsModel& model, QWidget* parent)
    : QChartView(parent)
    , m_model(model)
    , m_bars(new PredictionsChart(model, palette()))
{
    // QChartView makes an empty chart for itself and hands it back when it gets another one.
    const std::unique_ptr<QChart> empty(chart());
    setChart(m_bars);
    setFrameShape(QFrame::NoFrame);
    setBackgroundBrush(Qt::NoBrush);
    viewport()->setAutoFillBackground(false);
    setMouseTracking(true);
    installAccessibleParts();
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setAccessibleName(tr("Most probable classes"));
    connect(&model, &QAbstractItemModel::modelReset, this, [this] {
        m_cursor = std::clamp(m_cursor, 0, std::max(0, m_model.rowCount() - 1));
        m_hovered = -1;
        showCurrent();
        updateGeometry();
    });
}

int PredictionsChartView::partCount() const
{
    return m_model.rowCount();
}

QString PredictionsChartView::partName(int part) const
{
    return m_model.index(part, PredictionsModel::ClassColumn).data().toString();
}

QString PredictionsChartView::partValue(int part) const
{
    return formatPercent(m_model.index(part, PredictionsModel::ProbabilityColumn).data().toDouble());
}

QRectF PredictionsChartView::partRect(int part) const
{
    return m_bars->rowRect(part);
}

bool PredictionsChartView::isPartChosen(int part) const
{
    return m_bars->chosenClass() == m_model.prediction(part).index;
}

void PredictionsChartView::pressPart(int part)
{
    Q_EMIT chosen(part);
}

QSize PredictionsChartView::sizeHint() const
{
    return {320, static_cast<int>(PredictionsChart::heightFor(m_model.rowCount(), QFontMetricsF(font())))};
}

QSize PredictionsChartView::minimumSizeHint() const
{
    return {160, sizeHint().height()};
}

void PredictionsChartView::showCurrent()
{
    const int row = m_hovered >= 0 ? m_hovered : hasFocus() ? m_cursor : -1;
    m_bars->setCurrentRow(row, hasFocus() && row == m_cursor);
    if (row >= 0 && row < m_model.rowCount())
        setAccessibleDescription(m_model.index(row, 0).data(Qt::AccessibleTextRole).toString());
}

bool PredictionsChartView::viewportEvent(QEvent* event)
{
    if (event->type() != QEvent::ToolTip)
        return QChartView::viewportEvent(event);
    const auto* help = static_cast<QHelpEvent*>(event);
    if (const std::optional<int> row = m_bars->rowAt(help->pos()))
        QToolTip::showText(help->globalPos(), m_model.index(*row, 0).data(Qt::ToolTipRole).toString(), viewport());
    return true;
}

void PredictionsChartView::mouseMoveEvent(QMouseEvent* event)
{
    m_hovered = m_bars->rowAt(event->position()).value_or(-1);
    setCursor(m_hovered >= 0 ? Qt::PointingHandCursor : Qt::ArrowCursor);
    showCurrent();
}

void PredictionsChartView::mousePressEvent(QMouseEvent* event)
{
    m_pressed = event->position().toPoint();
    event->setAccepted(event->button() == Qt::LeftButton);
}

void PredictionsChartView::mouseReleaseEvent(QMouseEvent* event)
{
    const bool click = (event->position().toPoint() - m_pressed).manhattanLength() < QApplication::startDragDistance();
    const std::optional<int> row = m_bars->rowAt(event->position());
    if (event->button() != Qt::LeftButton || !click || !row)
        return;
    m_cursor = *row;
    Q_EMIT chosen(*row);
}

void PredictionsChartView::leaveEvent(QEvent* event)
{
    QChartView::leaveEvent(event);
    m_hovered = -1;
    showCurrent();
}

void PredictionsChartView::keyPressEvent(QKeyEvent* event)
{
    const int last = m_model.rowCount() - 1;
    switch (event->key()) {
    case Qt::Key_Up:
        m_cursor = std::max(0, m_cursor - 1);
        break;
    case Qt::Key_Down:
        m_cursor = std::max(0, std::min(last, m_cursor + 1));
        break;
    case Qt::Key_Home:
        m_cursor = 0;
        break;
    case Qt::Key_End:
        m_cursor = std::max(0, last);
        break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
    case Qt::Key_Space:
        if (m_cursor <= last)
            Q_EMIT chosen(m_cursor);
        break;
    default:
        event->ignore();
        return;
    }
    m_hovered = -1;
    showCurrent();
}

void PredictionsChartView::focusInEvent(QFocusEvent* event)
{
    QChartView::focusInEvent(event);
    showCurrent();
}

void PredictionsChartView::focusOutEvent(QFocusEvent* event)
{
    QChartView::focusOutEvent(event);
    showCurrent();
}

void PredictionsChartView::changeEvent(QEvent* event)
{
    QChartView::changeEvent(event);
    // The base class's constructor changes things before there is a chart.
    if (!chart() || chart() != m_bars)
        return;
    if (event->type() == QEvent::PaletteChange)
        m_bars->setColours(palette());
    if (event->type() == QEvent::FontChange) {
        m_bars->setFont(font());
        updateGeometry();
    }
}

}  // namespace vitrine
