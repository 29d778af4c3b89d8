// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/command_palette.h"

#include <QCoreApplication>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QMenu>
#include <QMenuBar>
#include <QPainter>
#include <QRegularExpression>
#include <QStyledItemDelegate>
#include <QVBoxLayout>

#include "ui/views/parts/view_parts.h"
#include "ui/views/parts/view_style.h"

namespace vitrine {

namespace {

/// The command on the left, its menu behind it, its key on the right.
class ActionDelegate : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        QStyledItemDelegate::paint(painter, option, index);
        const bool selected = option.state & QStyle::State_Selected;
        painter->save();
        painter->setPen(selected ? option.palette.color(QPalette::HighlightedText) : quietText(option.palette));
        const QRect line = option.rect.adjusted(8, 0, -10, 0);
        painter->drawText(line, Qt::AlignRight | Qt::AlignVCenter, index.data(ActionsModel::ShortcutRole).toString());
        const int text = option.fontMetrics.horizontalAdvance(index.data().toString()) + 30;
        painter->drawText(line.adjusted(text, 0, 0, 0), Qt::AlignLeft | Qt::AlignVCenter,
                          index.data(ActionsModel::GroupRole).toString());
        painter->restore();
    }

    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        const QSize hint = QStyledItemDelegate::sizeHint(option, index);
        return {hint.width(), hint.height() + 6};
    }
};

void collect(const QString& title, const QList<QAction*>& actions, std::vector<ActionGroup>& groups)
{
    const std::size_t at = groups.size();
    groups.push_back({title, {}});
    for (QAction* action : actions) {
        if (action->isSeparator() || !action->isVisible())
            continue;
        if (QMenu* menu = action->menu())
            collect((title.isEmpty() ? QString() : title + QStringLiteral(" › ")) + plainText(*action), menu->actions(),
                    groups);
        else
            groups[at].actions << action;
    }
    if (groups[at].actions.isEmpty())
        groups.erase(groups.begin() + static_cast<std::ptrdiff_t>(at));
}

}  // namespace

std::vector<ActionGroup> actionGroups(const QMenuBar& menus)
{
    std::vector<ActionGroup> groups;
    collect({}, menus.actions(), groups);
    return groups;
}

ActionsModel::ActionsModel(const std::vector<ActionGroup>& groups, QObject* parent)
    : QAbstractListModel(parent)
{
    for (const ActionGroup& group : groups)
        for (QAction* action : group.actions)
            m_rows.push_back({action, group.title});
}

int ActionsModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

QVariant ActionsModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const Row& row = m_rows[static_cast<std::size_t>(index.row())];
    if (!row.action)
        return {};
    switch (role) {
    case Qt::DisplayRole:
        return plainText(*row.action);
    case Qt::ToolTipRole:
        return row.action->toolTip();
    case GroupRole:
        return row.group;
    case ShortcutRole:
        return row.action->shortcut().toString(QKeySequence::NativeText);
    default:
        return {};
    }
}

Qt::ItemFlags ActionsModel::flags(const QModelIndex& index) const
{
    if (!index.isValid())
        return Qt::NoItemFlags;
    const QAction* shown = action(index.row());
    const Qt::ItemFlags kind = Qt::ItemNeverHasChildren;
    return shown && shown->isEnabled() ? kind | Qt::ItemIsSelectable | Qt::ItemIsEnabled : kind;
}

CommandPalette::CommandPalette(const std::vector<ActionGroup>& groups, QWidget* parent)
    : QDialog(parent)
    , m_actions(groups)
    , m_line(new QLineEdit(this))
    , m_list(new QListView(this))
    , m_none(new QLabel(tr("No command has these words."), this))
{
    setWindowTitle(tr("Commands"));
    setWindowFlag(Qt::FramelessWindowHint);
    m_line->setMaxLength(longestSearch);
    m_found.setSourceModel(&m_actions);
    m_line->setPlaceholderText(tr("Type a command, a layer, a head, a method, a class or a picture"));
    m_line->setAccessibleName(tr("Command"));
    m_line->installEventFilter(this);
    m_list->setModel(&m_found);
    m_list->setItemDelegate(new ActionDelegate(m_list));
    m_list->setUniformItemSizes(true);
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setAccessibleName(tr("Commands found"));
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(m_line);
    layout->addWidget(m_list);
    m_none->setAlignment(Qt::AlignCenter);
    layout->addWidget(m_none);
    resize(560, 420);
    connect(m_line, &QLineEdit::textChanged, this, &CommandPalette::filter);
    connect(m_line, &QLineEdit::returnPressed, this, [this] { run(m_list->currentIndex()); });
    connect(m_list, &QListView::clicked, this, &CommandPalette::run);
    filter({});
}

bool CommandPalette::eventFilter(QObject* watched, QEvent* event)
{
    // The line keeps the focus while the list moves.
    if (watched == m_line && event->type() == QEvent::KeyPress) {
        const int key = static_cast<QKeyEvent*>(event)->key();
        if (key == Qt::Key_Up || key == Qt::Key_Down || key == Qt::Key_PageUp || key == Qt::Key_PageDown)
            return QCoreApplication::sendEvent(m_list, event);
    }
    return QDialog::eventFilter(watched, event);
}

void CommandPalette::paintEvent(QPaintEvent* event)
{
    QDialog::paintEvent(event);
    // It has no frame of the desktop's, and lies on a window of its own colour.
    QPainter painter(this);
    painter.setPen(palette().color(QPalette::Highlight));
    painter.drawRect(rect().adjusted(0, 0, -1, -1));
}

void CommandPalette::filter(const QString& text)
{
    // Every typed word must be there, in any order.
    QString pattern;
    for (const QString& word : text.split(QLatin1Char(' '), Qt::SkipEmptyParts))
        pattern += QStringLiteral("(?=.*") + QRegularExpression::escape(word) + QLatin1Char(')');
    m_found.setFilterRegularExpression(QRegularExpression(pattern, QRegularExpression::CaseInsensitiveOption));
    m_none->setVisible(m_found.rowCount() == 0);
    m_list->setVisible(m_found.rowCount() > 0);
    m_list->setCurrentIndex({});
    for (int row = 0; row < m_found.rowCount(); ++row)
        if (m_found.index(row, 0).flags() & Qt::ItemIsEnabled) {
            m_list->setCurrentIndex(m_found.index(row, 0));
            return;
        }
}

void CommandPalette::run(const QModelIndex& index)
{
    if (!index.isValid() || !(index.flags() & Qt::ItemIsEnabled))
        return;
    const QPointer<QAction> action = m_actions.action(m_found.mapToSource(index).row());
    accept();
    if (action)
        action->trigger();
}

}  // namespace vitrine
