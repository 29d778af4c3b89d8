// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/picture_strip.h"

#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QFileInfo>
#include <QKeyEvent>
#include <QMenu>
#include <QPainter>
#include <QStyle>
#include <QStyledItemDelegate>

#include <algorithm>

#include "ui/views/parts/view_parts.h"
#include "ui/views/parts/view_style.h"

namespace vitrine {

namespace {

constexpr int pad = 5;

/// The middle of the picture as a square.
class ThumbnailDelegate : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    QSize sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const override
    {
        return {PictureStrip::thumbnailSize() + 2 * pad, PictureStrip::thumbnailSize() + 2 * pad};
    }

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        painter->save();
        painter->setRenderHints(QPainter::Antialiasing | QPainter::SmoothPixmapTransform);
        const QColor base = option.palette.color(QPalette::Window);
        const QColor accent = option.palette.color(QPalette::Highlight);
        const bool current = option.state & QStyle::State_Selected;
        if (current || option.state & QStyle::State_MouseOver) {
            painter->setPen(Qt::NoPen);
            painter->setBrush(current ? accent : mixed(base, option.palette.color(QPalette::WindowText), 0.2));
            painter->drawRoundedRect(QRectF(option.rect).adjusted(2, 2, -2, -2), 5, 5);
        }
        const QRectF box = fitted(QRectF(option.rect).adjusted(pad, pad, -pad, -pad), 1, 1);
        const auto thumbnail = index.data(Qt::DecorationRole).value<QImage>();
        if (thumbnail.isNull())
            painter->fillRect(box, trackColour(option.palette));
        else
            painter->drawImage(box, thumbnail, fitted(QRectF(thumbnail.rect()), 1, 1));
        if (!index.data(PictureList::FailureRole).toString().isEmpty())
            option.widget->style()
                ->standardIcon(QStyle::SP_MessageBoxWarning)
                .paint(painter, fitted(box.adjusted(0, box.height() / 4, 0, -box.height() / 4), 1, 1).toRect());
        if (current && option.state & QStyle::State_HasFocus)
            paintFocusRing(*painter, QRectF(option.rect).adjusted(1, 1, -1, -1), option.palette);
        painter->restore();
    }
};

}  // namespace

PictureStrip::PictureStrip(PictureList& pictures, QWidget* parent)
    : QListView(parent)
    , m_pictures(pictures)
{
    setModel(&pictures);
    setItemDelegate(new ThumbnailDelegate(this));
    setFrameShape(QFrame::NoFrame);
    setUniformItemSizes(true);
    setMouseTracking(true);
    setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setAccessibleName(tr("Opened pictures"));
    viewport()->setBackgroundRole(QPalette::Window);
}

QSize PictureStrip::sizeHint() const
{
    return {thumbnailSize() + 2 * pad + 6, 300};
}

void PictureStrip::setCurrentRow(int row)
{
    setCurrentIndex(m_pictures.index(row));
}

void PictureStrip::step(int by)
{
    if (m_pictures.rowCount() > 0)
        setCurrentRow(std::clamp(currentRow() + by, 0, m_pictures.rowCount() - 1));
}

void PictureStrip::currentChanged(const QModelIndex& current, const QModelIndex& previous)
{
    QListView::currentChanged(current, previous);
    if (current.isValid())
        Q_EMIT picked(current.row());
}

void PictureStrip::mousePressEvent(QMouseEvent* event)
{
    // A right click asks about a picture; it does not show another one, or none.
    if (event->button() != Qt::RightButton)
        QListView::mousePressEvent(event);
}

void PictureStrip::contextMenuEvent(QContextMenuEvent* event)
{
    const QModelIndex index = event->reason() == QContextMenuEvent::Mouse ? indexAt(event->pos()) : currentIndex();
    if (!index.isValid())
        return;
    const QString path = m_pictures.source(index.row()).path;
    QMenu menu(this);
    QAction* remove = menu.addAction(tr("Take away from here\tDel"), this, [this, row = QPersistentModelIndex(index)] {
        if (row.isValid() && m_pictures.rowCount() > 1)
            m_pictures.remove(row.row());
    });
    remove->setEnabled(m_pictures.rowCount() > 1);
    if (!path.isEmpty()) {
        menu.addAction(tr("Copy the path"), this, [path] { QApplication::clipboard()->setText(path); });
        menu.addAction(tr("Show in folder"), this, [this, path] { Q_EMIT folderAsked(QFileInfo(path).absolutePath()); });
    }
    menu.exec(event->globalPos());
}

void PictureStrip::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Delete && currentIndex().isValid() && m_pictures.rowCount() > 1)
        m_pictures.remove(currentRow());
    else if (event->text().isEmpty() || event->modifiers() & Qt::ControlModifier)
        QListView::keyPressEvent(event);
    else
        event->ignore();  // letters are the window's keys here, not a search
}

void PictureStrip::paintEvent(QPaintEvent* event)
{
    const QPoint middle = viewport()->rect().center();
    const QModelIndex first = indexAt({middle.x(), 0}), last = indexAt({middle.x(), viewport()->height() - 1});
    if (first.isValid())
        m_pictures.see(first.row(), last.isValid() ? last.row() : m_pictures.rowCount() - 1);
    QListView::paintEvent(event);
    if (m_pictures.rowCount() == 0) {
        QPainter painter(viewport());
        paintMessage(painter, viewport()->rect().adjusted(-12, 0, 12, 0), tr("drop\npictures\nor a\nfolder"), palette());
    }
}

}  // namespace vitrine
