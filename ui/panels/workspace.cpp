// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/workspace.h"

#include <QDataStream>
#include <QIODevice>
#include <QSplitter>
#include <QStackedWidget>
#include <QTabBar>
#include <QVBoxLayout>

#include <algorithm>

namespace vitrine {

Workspace::Workspace(QWidget* pictures, QWidget* navigator, QWidget* side, QWidget* parent)
    : QWidget(parent)
    , m_navigator(navigator)
    , m_across(new QSplitter(Qt::Horizontal, this))
    , m_down(new QSplitter(Qt::Vertical))
    , m_pages(new QStackedWidget)
    , m_tabs(new QTabBar(this))
{
    // The widest page must not set the size of the window.
    m_pages->setMinimumSize(220, 180);
    m_down->addWidget(m_pages);
    m_down->addWidget(navigator);
    m_down->setStretchFactor(0, 1);
    auto* centre = new QWidget;
    m_centre = new QVBoxLayout(centre);
    m_centre->setContentsMargins(0, 0, 0, 0);
    m_centre->setSpacing(0);
    m_centre->addWidget(m_down, 1);
    for (QWidget* part : {pictures, centre, side})
        m_across->addWidget(part);
    m_across->setStretchFactor(1, 1);
    for (QSplitter* splitter : {m_across, m_down}) {
        splitter->setChildrenCollapsible(false);
        splitter->setHandleWidth(4);
        connect(splitter, &QSplitter::splitterMoved, this, [this] { m_byHand = true; });
    }

    m_tabs->setObjectName(QStringLiteral("pages"));
    m_tabs->setAccessibleName(tr("Pages"));
    m_tabs->setShape(QTabBar::RoundedSouth);
    m_tabs->setDrawBase(false);
    m_tabs->setExpanding(false);
    m_tabs->setUsesScrollButtons(true);
    m_tabs->setFocusPolicy(Qt::TabFocus);
    connect(m_tabs, &QTabBar::tabBarClicked, this, [this](int index) {
        if (index >= 0)
            Q_EMIT pageChosen(m_names[index]);
    });
    connect(m_tabs, &QTabBar::currentChanged, this, [this](int index) {
        if (index < 0 || index >= m_pages->count())
            return;
        m_pages->setCurrentIndex(index);
        m_navigator->setVisible(index == 0);
        Q_EMIT pageChanged(m_names[index]);
    });

    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_across, 1);
    column->addWidget(m_tabs);
}

void Workspace::addBar(QWidget* bar)
{
    m_centre->insertWidget(m_centre->count() - 1, bar);
}

void Workspace::addPage(const QString& name, const QString& title, const QString& toolTip, QWidget* page)
{
    m_names.append(name);
    m_pages->addWidget(page);
    const int tab = m_tabs->addTab(title);
    m_tabs->setTabToolTip(tab, toolTip);
}

void Workspace::setAvailable(const QString& name, bool available)
{
    const auto index = static_cast<int>(m_names.indexOf(name));
    if (!available && m_tabs->currentIndex() == index)
        m_tabs->setCurrentIndex(0);
    m_tabs->setTabVisible(index, available);
}

bool Workspace::isAvailable(const QString& name) const
{
    return m_names.contains(name) && m_tabs->isTabVisible(static_cast<int>(m_names.indexOf(name)));
}

void Workspace::setPage(const QString& name)
{
    if (isAvailable(name))
        m_tabs->setCurrentIndex(static_cast<int>(m_names.indexOf(name)));
}

QString Workspace::page() const
{
    return m_names.value(m_tabs->currentIndex());
}

QWidget* Workspace::pictures() const
{
    return m_across->widget(0);
}

QWidget* Workspace::side() const
{
    return m_across->widget(2);
}

QByteArray Workspace::saveState() const
{
    QByteArray state;
    QDataStream(&state, QIODevice::WriteOnly) << m_byHand << m_across->saveState() << m_down->saveState();
    return state;
}

bool Workspace::restoreState(const QByteArray& state)
{
    QDataStream from(state);
    bool byHand = false;
    QByteArray across, down;
    from >> byHand >> across >> down;
    if (from.status() != QDataStream::Ok || !byHand)
        return false;
    m_byHand = m_across->restoreState(across) && m_down->restoreState(down);
    return m_byHand;
}

void Workspace::resetState()
{
    m_byHand = false;
    for (int i = 0; i < m_across->count(); ++i)
        m_across->widget(i)->show();
    arrange();
}

void Workspace::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    if (!m_byHand)
        arrange();
}

void Workspace::arrange()
{
    const int strip = m_across->widget(0)->sizeHint().width(), side = std::clamp(width() / 4, 236, 400);
    m_across->setSizes({strip, std::max(1, width() - strip - side), side});
    // The picture is what one came for: the maps of all heads take what they need, and no more than a fifth.
    const int navigator = std::clamp(height() / 5, 96, 200);
    m_down->setSizes({std::max(1, height() - navigator), navigator});
}

}  // namespace vitrine
