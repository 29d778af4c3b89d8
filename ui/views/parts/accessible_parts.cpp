// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/parts/accessible_parts.h"

#include <QAccessibleWidget>
#include <QHash>
#include <QPointer>
#include <QWidget>

namespace vitrine {

namespace {

HasParts* partsOf(QObject* object)
{
    return dynamic_cast<HasParts*>(object);
}

class AccessiblePart : public QAccessibleInterface, public QAccessibleActionInterface {
public:
    AccessiblePart(QWidget* widget, int part)
        : m_widget(widget)
        , m_part(part)
    {
    }

    bool isValid() const override { return m_widget && m_part < partsOf(m_widget)->partCount(); }
    QObject* object() const override { return nullptr; }
    QAccessibleInterface* parent() const override { return QAccessible::queryAccessibleInterface(m_widget); }
    QAccessibleInterface* child(int) const override { return nullptr; }
    QAccessibleInterface* childAt(int, int) const override { return nullptr; }
    int childCount() const override { return 0; }
    int indexOfChild(const QAccessibleInterface*) const override { return -1; }
    QAccessible::Role role() const override { return QAccessible::Cell; }

    QString text(QAccessible::Text kind) const override
    {
        if (!isValid())
            return {};
        return kind == QAccessible::Name    ? partsOf(m_widget)->partName(m_part)
               : kind == QAccessible::Value ? partsOf(m_widget)->partValue(m_part)
                                            : QString();
    }
    void setText(QAccessible::Text, const QString&) override {}
    QRect rect() const override
    {
        if (!isValid())
            return {};
        const QRect inside = partsOf(m_widget)->partRect(m_part).toAlignedRect();
        return {m_widget->mapToGlobal(inside.topLeft()), inside.size()};
    }
    QAccessible::State state() const override
    {
        QAccessible::State state;
        state.selectable = true;
        state.selected = isValid() && partsOf(m_widget)->isPartChosen(m_part);
        state.invisible = !isValid() || !m_widget->isVisible();
        return state;
    }
    void* interface_cast(QAccessible::InterfaceType type) override
    {
        return type == QAccessible::ActionInterface ? static_cast<QAccessibleActionInterface*>(this) : nullptr;
    }
    QStringList actionNames() const override { return {pressAction()}; }
    void doAction(const QString& name) override
    {
        if (isValid() && name == pressAction())
            partsOf(m_widget)->pressPart(m_part);
    }
    QStringList keyBindingsForAction(const QString&) const override { return {}; }

private:
    QPointer<QWidget> m_widget;
    int m_part;
};

class AccessibleWithParts : public QAccessibleWidget {
public:
    explicit AccessibleWithParts(QWidget* widget)
        : QAccessibleWidget(widget, QAccessible::Table)
    {
    }
    ~AccessibleWithParts() override
    {
        for (const QAccessible::Id id : std::as_const(m_parts))
            QAccessible::deleteAccessibleInterface(id);
    }

    // Child widgets first, then the parts.
    int childCount() const override { return QAccessibleWidget::childCount() + partsOf(widget())->partCount(); }
    QAccessibleInterface* child(int index) const override
    {
        const int part = index - QAccessibleWidget::childCount();
        if (part < 0)
            return QAccessibleWidget::child(index);
        if (part >= partsOf(widget())->partCount())
            return nullptr;
        auto known = m_parts.find(part);
        if (known == m_parts.end())
            known = m_parts.insert(part, QAccessible::registerAccessibleInterface(new AccessiblePart(widget(), part)));
        return QAccessible::accessibleInterface(*known);
    }
    int indexOfChild(const QAccessibleInterface* child) const override
    {
        for (auto known = m_parts.begin(); known != m_parts.end(); ++known)
            if (QAccessible::accessibleInterface(*known) == child)
                return QAccessibleWidget::childCount() + known.key();
        return QAccessibleWidget::indexOfChild(child);
    }
    QAccessibleInterface* childAt(int x, int y) const override
    {
        if (QAccessibleInterface* over = QAccessibleWidget::childAt(x, y))
            return over;
        const int part = partsOf(widget())->partAt(widget()->mapFromGlobal(QPoint(x, y)));
        return part >= 0 ? child(QAccessibleWidget::childCount() + part) : nullptr;
    }

private:
    mutable QHash<int, QAccessible::Id> m_parts;
};

QAccessibleInterface* makeWithParts(const QString&, QObject* object)
{
    auto* widget = qobject_cast<QWidget*>(object);
    return widget && partsOf(widget) ? new AccessibleWithParts(widget) : nullptr;
}

}  // namespace

int HasParts::partAt(const QPointF& position) const
{
    for (int part = 0; part < partCount(); ++part)
        if (partRect(part).contains(position))
            return part;
    return -1;
}

void tellPart(QWidget* widget, int part)
{
    const QAccessibleInterface* all = QAccessible::isActive() ? QAccessible::queryAccessibleInterface(widget) : nullptr;
    const HasParts* parts = partsOf(widget);
    if (!all || !parts || part < 0 || part >= parts->partCount())
        return;
    QAccessibleEvent event(widget, QAccessible::Focus);
    event.setChild(all->childCount() - parts->partCount() + part);
    QAccessible::updateAccessibility(&event);
}

void installAccessibleParts()
{
    static const bool once = [] {
        QAccessible::installFactory(makeWithParts);
        return true;
    }();
    (void)once;
}

}  // namespace vitrine
