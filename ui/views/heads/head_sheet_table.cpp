// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/heads/head_sheet_table.h"

#include <algorithm>

#include <QAbstractButton>
#include <QHeaderView>
#include <QKeyEvent>
#include <QPainter>
#include <QScopedValueRollback>
#include <QScrollBar>
#include <QStyledItemDelegate>

#include "ui/picture/heatmap_painter.h"
#include "ui/views/parts/view_parts.h"
#include "ui/views/parts/view_style.h"

namespace vitrine {

namespace {

constexpr int largestCell = 120;

class HeadCellDelegate : public QStyledItemDelegate {
public:
    HeadCellDelegate(const HeadSheetModel& model, QObject* parent)
        : QStyledItemDelegate(parent)
        , m_model(model)
    {
    }

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        const auto* const table = static_cast<const QTableView*>(option.widget);
        const QRectF cell = option.rect;
        // As an old map over the picture is.
        painter->setOpacity(m_model.isBehind() && !m_model.metric() ? 0.35 : 1);
        const QRectF filled = paintHeadCell(*painter, cell, index.data(Qt::DecorationRole), index.data().toString(),
                                            option.palette);
        painter->setOpacity(1);
        const QColor accent = option.palette.color(QPalette::Highlight);
        if (m_model.isOff(index.row(), index.column())) {
            painter->setRenderHint(QPainter::Antialiasing);
            for (const auto& [colour, width] : {std::pair(QColor(Qt::black), 5.0), std::pair(QColor(Qt::white), 2.5)}) {
                painter->setPen(QPen(colour, width, Qt::SolidLine, Qt::RoundCap));
                painter->drawLine(cell.topLeft() + QPointF(6, 6), cell.bottomRight() - QPointF(6, 6));
                painter->drawLine(cell.topRight() + QPointF(-6, 6), cell.bottomLeft() + QPointF(6, -6));
            }
        }
        if (m_model.isInSubset(index.row())) {
            painter->setRenderHint(QPainter::Antialiasing);
            painter->setPen(QPen(Qt::black, 1));
            painter->setBrush(accent);
            painter->drawEllipse(cell.topLeft() + QPointF(8, 8), 3.5, 3.5);
        }
        if (table && index == table->currentIndex()) {
            paintOutline(*painter, filled.adjusted(-1, -1, 1, 1), accent.lighter(125));
            if (table->hasFocus()) {
                painter->setPen(QPen(option.palette.color(QPalette::WindowText), 1, Qt::DotLine));
                painter->setBrush(Qt::NoBrush);
                painter->drawRect(filled.adjusted(1, 1, -2, -2));
            }
        }
    }

private:
    const HeadSheetModel& m_model;
};

/// Layer and head names without the frames of a spreadsheet; the present one stands out.
class QuietHeader : public QHeaderView {
public:
    using QHeaderView::QHeaderView;

protected:
    void paintSection(QPainter* painter, const QRect& rect, int section) const override
    {
        const auto* const table = static_cast<const QTableView*>(parentWidget());
        const QModelIndex present = table->currentIndex();
        const bool across = orientation() == Qt::Horizontal;
        const bool isPresent = section == (across ? present.column() : present.row());
        painter->setPen(isPresent ? palette().color(QPalette::WindowText) : quietText(palette()));
        painter->drawText(rect.adjusted(4, 0, -8, 0), (across ? Qt::AlignHCenter : Qt::AlignRight) | Qt::AlignVCenter,
                          model()->headerData(section, orientation()).toString());
    }

    QSize sectionSizeFromContents(int section) const override
    {
        const QString text = model()->headerData(section, orientation()).toString();
        return {fontMetrics().horizontalAdvance(text) + 16, fontMetrics().height() + 6};
    }
};

bool hasClearCells(const QImage& image)
{
    for (int row = 0; row < image.height(); ++row)
        for (int column = 0; column < image.width(); ++column)
            if (qAlpha(image.pixel(column, row)) < 255)
                return true;
    return false;
}

}  // namespace

QRectF paintHeadCell(QPainter& painter, const QRectF& cell, const QVariant& decoration, const QString& number,
                     const QPalette& palette)
{
    const QRectF inside = cell.adjusted(4, 4, -4, -4);
    if (decoration.typeId() == QMetaType::QImage) {
        const QImage image = decoration.value<QImage>();
        const QRectF map = fitted(inside, image.width(), image.height());
        // Outliers that are left out; a sheet of hatches costs more than all of its maps.
        if (hasClearCells(image)) {
            painter.fillRect(map, mixed(palette.color(QPalette::Window), palette.color(QPalette::WindowText), 0.45));
            paintHatch(painter, map, palette.color(QPalette::Window));
        }
        paintCells(painter, map, image);
        // On black a dark map would have no edge.
        if (palette.color(QPalette::Window) == Qt::black) {
            painter.setPen(mixed(palette.color(QPalette::Window), palette.color(QPalette::WindowText), 0.45));
            painter.setBrush(Qt::NoBrush);
            painter.drawRect(map);
        }
        return map;
    }
    if (decoration.typeId() == QMetaType::QColor) {
        const auto colour = decoration.value<QColor>();
        painter.fillRect(inside, colour);
        painter.setPen(inkOn(colour.rgb()));
        painter.drawText(inside, Qt::AlignCenter, number);
        return inside;
    }
    const QRectF none = fitted(inside, 1, 1);
    paintHatch(painter, none, trackColour(palette));
    return none;
}

HeadSheetTable::HeadSheetTable(HeadSheetModel& model, QWidget* parent)
    : QTableView(parent)
    , m_model(model)
{
    setModel(&model);
    setItemDelegate(new HeadCellDelegate(model, this));
    setAccessibleName(tr("Head sheet: layers across, heads down"));
    setSelectionMode(NoSelection);
    setEditTriggers(NoEditTriggers);
    setShowGrid(false);
    setFrameShape(NoFrame);
    setMouseTracking(true);
    setTabKeyNavigation(false);
    setHorizontalScrollMode(ScrollPerPixel);
    setVerticalScrollMode(ScrollPerPixel);
    setCornerButtonEnabled(false);
    // The sheet lies on the window, not on a page of its own.
    viewport()->setAutoFillBackground(false);
    setHorizontalHeader(new QuietHeader(Qt::Horizontal, this));
    setVerticalHeader(new QuietHeader(Qt::Vertical, this));
    for (QHeaderView* const header : {horizontalHeader(), verticalHeader()}) {
        header->setSectionResizeMode(QHeaderView::Fixed);
        header->setMinimumSectionSize(20);
        header->viewport()->setAutoFillBackground(false);
    }
    if (auto* const corner = findChild<QAbstractButton*>())
        corner->setStyleSheet(QStringLiteral("QTableCornerButton::section { background: transparent; border: none; }"));
    connect(&model, &QAbstractItemModel::modelReset, this, &HeadSheetTable::fitCells);
    connect(&model, &QAbstractItemModel::headerDataChanged, viewport(), qOverload<>(&QWidget::update));
    fitCells();
}

QSize HeadSheetTable::sizeHint() const
{
    return {560, 240};
}

void HeadSheetTable::setSmallestCell(int side)
{
    m_smallest = side;
    for (QHeaderView* const header : {horizontalHeader(), verticalHeader()})
        header->setMinimumSectionSize(std::min(20, side));
    fitCells();
}

void HeadSheetTable::fitCells()
{
    const int rows = m_model.rowCount(), columns = m_model.columnCount();
    if (rows == 0)
        return;
    const int width = std::clamp(viewport()->width() / columns, m_smallest, largestCell);
    const int height = std::clamp(viewport()->height() / rows, m_smallest, largestCell);
    // Wide gaps make rows hard to follow, tall ones columns.
    horizontalHeader()->setDefaultSectionSize(std::min(width, height * 3 / 2));
    verticalHeader()->setDefaultSectionSize(std::min(height, width * 6 / 5));
}

void HeadSheetTable::resizeEvent(QResizeEvent* event)
{
    QTableView::resizeEvent(event);
    fitCells();
}

void HeadSheetTable::showPlace(int row, int layer)
{
    const QScopedValueRollback showing(m_showing, true);
    const QModelIndex cell = m_model.index(row, layer);
    if (cell.isValid() && cell != currentIndex())
        setCurrentIndex(cell);
    for (QWidget* const part : {viewport(), horizontalHeader()->viewport(), verticalHeader()->viewport()})
        part->update();
}

void HeadSheetTable::currentChanged(const QModelIndex& current, const QModelIndex& previous)
{
    QTableView::currentChanged(current, previous);
    if (current.isValid() && !m_showing)
        Q_EMIT opened(current.row(), current.column());
}

void HeadSheetTable::step(int rows, int layers)
{
    const QModelIndex from = currentIndex();
    setCurrentIndex(m_model.index(std::clamp(from.row() + rows, 0, m_model.rowCount() - 1),
                                  std::clamp(from.column() + layers, 0, m_model.columnCount() - 1)));
}

void HeadSheetTable::keyPressEvent(QKeyEvent* event)
{
    if (!currentIndex().isValid() || (event->modifiers() & ~Qt::KeypadModifier)) {
        QTableView::keyPressEvent(event);
        return;
    }
    switch (event->key()) {
    case Qt::Key_PageDown:
        step(0, 1);
        break;
    case Qt::Key_PageUp:
        step(0, -1);
        break;
    case Qt::Key_Period:
        step(1, 0);
        break;
    case Qt::Key_Comma:
        step(-1, 0);
        break;
    case Qt::Key_M:
        Q_EMIT meanToggled();
        break;
    case Qt::Key_Space:
        if (currentIndex().row() > 0)
            Q_EMIT subsetToggled(currentIndex().row() - 1);
        break;
    case Qt::Key_0:
        if (currentIndex().row() > 0)
            Q_EMIT switched(currentIndex().row() - 1, currentIndex().column());
        break;
    case Qt::Key_Left:
    case Qt::Key_Right:
    case Qt::Key_Up:
    case Qt::Key_Down:
    case Qt::Key_Home:
    case Qt::Key_End:
        QTableView::keyPressEvent(event);
        break;
    default:
        // Letters are for the window, not for a search through cells that have no text.
        event->ignore();
    }
}

void HeadSheetTable::mousePressEvent(QMouseEvent* event)
{
    const QModelIndex cell = indexAt(event->pos());
    if (cell.isValid() && event->button() == Qt::LeftButton && event->modifiers() == Qt::ControlModifier) {
        if (cell.row() > 0)
            Q_EMIT subsetToggled(cell.row() - 1);
        return;
    }
    if (cell.isValid() && event->button() == Qt::LeftButton && event->modifiers() == Qt::AltModifier) {
        if (cell.row() > 0)
            Q_EMIT switched(cell.row() - 1, cell.column());
        return;
    }
    QTableView::mousePressEvent(event);
}

void HeadSheetTable::mouseMoveEvent(QMouseEvent* event)
{
    QTableView::mouseMoveEvent(event);
    Q_EMIT pointed(indexAt(event->pos()));
}

void HeadSheetTable::leaveEvent(QEvent* event)
{
    QTableView::leaveEvent(event);
    Q_EMIT pointed({});
}

}  // namespace vitrine
