// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/keys_dialog.h"

#include <QDialogButtonBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QKeySequenceEdit>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QTreeWidget>
#include <QVBoxLayout>

namespace vitrine {

KeysDialog::KeysDialog(KeyTable& keys, QWidget* parent)
    : QDialog(parent)
    , m_keys(keys)
    , m_search(new QLineEdit(this))
    , m_list(new QTreeWidget(this))
    , m_key(new QKeySequenceEdit(this))
    , m_set(new QPushButton(tr("Set"), this))
    , m_none(new QPushButton(tr("No key"), this))
    , m_reset(new QPushButton(tr("Reset"), this))
    , m_resetAll(new QPushButton(tr("Reset all"), this))
    , m_problem(new QLabel(this))
{
    setWindowTitle(tr("Keys"));
    m_search->setPlaceholderText(tr("Find a command or a key"));
    m_search->setAccessibleName(tr("Find"));
    m_list->setHeaderLabels({tr("Command"), tr("Keys")});
    m_list->setRootIsDecorated(false);
    m_list->setUniformRowHeights(true);
    m_list->setAccessibleName(tr("Commands"));
    m_list->header()->setSectionResizeMode(0, QHeaderView::Stretch);
    m_list->header()->setSectionResizeMode(1, QHeaderView::ResizeToContents);
    m_list->header()->setStretchLastSection(false);
    m_key->setAccessibleName(tr("New key"));
    m_key->setToolTip(tr("Click here and press the new key"));
    m_problem->setWordWrap(true);
    m_problem->setTextFormat(Qt::PlainText);
    auto* buttons = new QHBoxLayout;
    buttons->addWidget(m_key, 1);
    for (QPushButton* button : {m_set, m_none, m_reset, m_resetAll}) {
        button->setAutoDefault(false);
        buttons->addWidget(button);
    }
    auto* close = new QDialogButtonBox(QDialogButtonBox::Close, this);
    auto* column = new QVBoxLayout(this);
    column->addWidget(m_search);
    column->addWidget(m_list, 1);
    column->addLayout(buttons);
    column->addWidget(m_problem);
    column->addWidget(close);
    resize(620, 540);
    connect(close, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(m_search, &QLineEdit::textChanged, this, &KeysDialog::filter);
    connect(m_list, &QTreeWidget::currentItemChanged, this, [this] {
        m_key->clear();
        checkKey();
    });
    connect(m_key, &QKeySequenceEdit::keySequenceChanged, this, &KeysDialog::checkKey);
    connect(m_set, &QPushButton::clicked, this, [this] {
        const QKeySequence key = m_key->keySequence();
        if (const int other = m_keys.owner(key, row()); other >= 0) {
            QList<QKeySequence> left = m_keys.commands()[static_cast<std::size_t>(other)].action->shortcuts();
            left.removeAll(key);
            m_keys.setKeys(other, left);
            showRow(other);
        }
        change({key});
    });
    connect(m_none, &QPushButton::clicked, this, [this] { change({}); });
    connect(m_reset, &QPushButton::clicked, this,
            [this] { change(m_keys.commands()[static_cast<std::size_t>(row())].standard); });
    connect(m_resetAll, &QPushButton::clicked, this, [this] {
        for (int each = 0; each < m_list->topLevelItemCount(); ++each) {
            m_keys.reset(each);
            showRow(each);
        }
        checkKey();
    });
    for (int each = 0; each < static_cast<int>(m_keys.commands().size()); ++each) {
        auto* item = new QTreeWidgetItem(m_list);
        item->setText(0, m_keys.commands()[static_cast<std::size_t>(each)].name);
        showRow(each);
    }
    m_list->setCurrentItem(m_list->topLevelItem(0));
}

void KeysDialog::showRow(int row)
{
    QStringList keys;
    if (const QAction* action = m_keys.commands()[static_cast<std::size_t>(row)].action)
        for (const QKeySequence& key : action->shortcuts())
            keys.append(key.toString(QKeySequence::NativeText));
    QTreeWidgetItem& item = *m_list->topLevelItem(row);
    item.setText(1, keys.join(QStringLiteral("  ")));
    QFont font = m_list->font();
    font.setBold(!m_keys.isStandard(row));
    item.setFont(1, font);
}

int KeysDialog::row() const
{
    return m_list->indexOfTopLevelItem(m_list->currentItem());
}

void KeysDialog::filter(const QString& text)
{
    for (int each = 0; each < m_list->topLevelItemCount(); ++each) {
        QTreeWidgetItem& item = *m_list->topLevelItem(each);
        item.setHidden(!item.text(0).contains(text, Qt::CaseInsensitive) && !item.text(1).contains(text, Qt::CaseInsensitive));
    }
}

void KeysDialog::change(const QList<QKeySequence>& keys)
{
    if (row() < 0)
        return;
    m_keys.setKeys(row(), keys);
    showRow(row());
    m_key->clear();
    checkKey();
}

void KeysDialog::checkKey()
{
    const QKeySequence key = m_key->keySequence();
    const bool chosen = row() >= 0;
    const QString holder = key.isEmpty() || !chosen ? QString() : m_keys.holder(key, row());
    const bool isOwn = !holder.isEmpty() && m_keys.owner(key, row()) < 0;
    const QString name = key.toString(QKeySequence::NativeText);
    m_set->setEnabled(chosen && !key.isEmpty() && !isOwn);
    m_none->setEnabled(chosen);
    m_reset->setEnabled(chosen && !m_keys.isStandard(row()));
    m_problem->setText(holder.isEmpty() ? QString()
                       : isOwn          ? tr("%1 %2: choose another key.").arg(name, holder)
                               : tr("%1 is the key of “%2”, which loses it when you set it here.").arg(name, holder));
}

}  // namespace vitrine
