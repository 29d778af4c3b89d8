// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/compare/compare_view.h"

#include <QAction>
#include <QHBoxLayout>
#include <QJsonArray>
#include <QJsonObject>
#include <QKeyEvent>
#include <QLabel>
#include <QSpinBox>
#include <QSplitter>
#include <QStackedWidget>
#include <QTabBar>
#include <QVBoxLayout>

#include "ui/views/compare/compare_statistics.h"
#include "ui/views/inner/inner_view.h"
#include "ui/views/parts/chip.h"
#include "ui/views/compare/difference_view.h"
#include "ui/views/parts/view_parts.h"

namespace vitrine {

namespace {

// Two changes a second, below the three flashes that may do harm (WCAG 2.3.1).
constexpr int blinkMilliseconds = 500;

}  // namespace

CompareView::CompareView(Exploration& first, Exploration& second, QWidget* parent)
    : QWidget(parent)
    , m_first(first)
    , m_second(second)
    , m_link(first, second)
    , m_panes{new ComparePane(first, QStringLiteral("A")), new ComparePane(second, QStringLiteral("B"))}
    , m_overlay(new ComparePane(second, QStringLiteral("B")))
    , m_stack(new QStackedWidget)
    , m_splitter(new QSplitter)
    , m_differencePane(new QWidget)
    , m_difference(new DifferenceView(first, second))
    , m_tabs(new QTabBar(this))
    , m_pages(new QStackedWidget(this))
    , m_statistics(new CompareStatistics(first, second))
    , m_inner{new InnerView(first), new InnerView(second)}
    , m_readout(makeReadout(nullptr))
    , m_both(makeReadout(this))
{
    setAccessibleName(tr("Side by side"));
    m_stack->addWidget(m_panes[First]);
    m_stack->addWidget(m_overlay);
    auto* differenceLayout = new QVBoxLayout(m_differencePane);
    differenceLayout->addWidget(makeCaption(tr("Difference: first − second, patch by patch."), m_differencePane));
    differenceLayout->addWidget(m_difference, 1);
    differenceLayout->addWidget(m_readout);
    for (QWidget* part : {static_cast<QWidget*>(m_stack), static_cast<QWidget*>(m_panes[Second]), m_differencePane})
        m_splitter->addWidget(part);
    m_splitter->setChildrenCollapsible(false);
    m_differencePane->hide();

    m_linkAction = addToggle(tr("Link"), tr("Cursor, query, direction and layer step go together ({Link})"), Qt::Key_Y);
    m_scaleAction = addToggle(tr("One scale"), tr("The same colour means the same number on both sides"), {});
    m_differenceAction = addToggle(tr("Difference"), tr("First minus second ({Difference})"), Qt::Key_D);
    m_blinkAction = addToggle(tr("Blink"), tr("Both maps in turns in one place ({Blink}); hold B to see the second"),
                              QKeySequence(Qt::SHIFT | Qt::Key_B));
    buildPages();
    auto* bar = new QHBoxLayout;
    bar->addWidget(m_tabs);
    bar->addSpacing(8);
    for (QAction* action : {m_linkAction, m_scaleAction, m_differenceAction, m_blinkAction}) {
        auto* chip = new Chip(action->text(), this);
        chip->setToolTip(action->toolTip());
        connect(action, &QAction::toggled, chip, &Chip::setChecked);
        connect(chip, &Chip::toggled, action, &QAction::setChecked);
        bar->addWidget(chip);
    }
    bar->addSpacing(8);
    bar->addWidget(m_both, 1);
    m_both->setAccessibleName(tr("Both sides under the mouse"));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(4, 4, 4, 0);
    layout->addLayout(bar);
    layout->addWidget(m_pages, 1);

    connect(m_linkAction, &QAction::toggled, &m_link, &ExplorationLink::setLinked);
    connect(m_scaleAction, &QAction::toggled, &m_link, &ExplorationLink::setSharedScale);
    connect(m_differenceAction, &QAction::toggled, this, [this](bool on) {
        m_differencePane->setVisible(on);
        m_splitter->setSizes({width(), width(), width()});  // the same for all
    });
    connect(m_difference, &DifferenceView::readoutChanged, m_readout, &QLabel::setText);
    for (const Exploration* side : {&first, &second})
        for (const auto signal : {&Exploration::hoverChanged, &Exploration::placeChanged, &Exploration::traceChanged})
            connect(side, signal, this, &CompareView::readOut);
    m_blink.setInterval(blinkMilliseconds);
    connect(&m_blink, &QTimer::timeout, this, [this] { setSwapped(!isSwapped()); });
    connect(m_blinkAction, &QAction::toggled, this, [this](bool on) {
        on ? m_blink.start() : m_blink.stop();
        setSwapped(on);
    });
    m_linkAction->setChecked(true);
    m_scaleAction->setChecked(true);
}

void CompareView::buildPages()
{
    auto* inside = new QSplitter;
    inside->setChildrenCollapsible(false);
    for (InnerView* view : m_inner)
        inside->addWidget(view);
    inside->setSizes({1, 1});
    for (QWidget* page :
         {static_cast<QWidget*>(m_splitter), static_cast<QWidget*>(m_statistics), static_cast<QWidget*>(inside)})
        m_pages->addWidget(page);
    m_tabs->setAccessibleName(tr("What is compared"));
    m_tabs->setDrawBase(false);
    m_tabs->setExpanding(false);
    m_tabs->setFocusPolicy(Qt::TabFocus);
    for (const QString& title : {tr("Maps"), tr("By layer"), tr("Inside a patch")})
        m_tabs->addTab(title);
    connect(m_tabs, &QTabBar::currentChanged, m_pages, &QStackedWidget::setCurrentIndex);
}

CompareView::Page CompareView::page() const
{
    return static_cast<Page>(m_tabs->currentIndex());
}

void CompareView::setPage(Page page)
{
    m_tabs->setCurrentIndex(static_cast<int>(page));
}

QAction* CompareView::addToggle(const QString& text, const QString& toolTip, const QKeySequence& key)
{
    auto* action = new QAction(text, this);
    action->setCheckable(true);
    action->setToolTip(toolTip);
    action->setShortcut(key);
    // Where this view is not seen its keys do nothing.
    addAction(action);
    return action;
}

void CompareView::readOut()
{
    if (!m_first.trace() || !m_second.trace()) {
        m_both->clear();
        return;
    }
    const int token = m_first.hovered().value_or(m_first.shownToken());
    const std::optional<int> other = m_second.hovered() ? m_second.hovered()
                                                        : counterpart(token, *m_first.trace()->model, *m_second.trace()->model);
    const std::optional<float> a = m_first.value(token), b = other ? m_second.value(*other) : std::nullopt;
    const auto text = [](const std::optional<float>& value) {
        return value ? formatValue(static_cast<double>(*value)) : QStringLiteral("–");
    };
    m_both->setText(
        tr("%1 · A %2 · B %3").arg(QString::fromStdString(m_first.trace()->model->tokenName(token)), text(a), text(b)));
}

void CompareView::setPicture(Side side, const Image& picture, const QString& name)
{
    m_panes[side]->canvas().setPicture(picture, name);
    m_panes[side]->setPictureName(name);
    if (side == Second) {
        m_overlay->canvas().setPicture(picture, name);
        m_overlay->setPictureName(name);
    }
}

bool CompareView::isSwapped() const
{
    return m_stack->currentWidget() == m_overlay;
}

void CompareView::setSwapped(bool swapped)
{
    const bool focused = m_stack->isAncestorOf(focusWidget());
    ComparePane* shown = swapped ? m_overlay : m_panes[First];
    m_stack->setCurrentWidget(shown);
    // Else the next key would go nowhere: the canvas that had the focus is hidden.
    if (focused)
        shown->canvas().setFocus();
}

void CompareView::keyPressEvent(QKeyEvent* event)
{
    if (event->key() != Qt::Key_B || event->modifiers() != Qt::NoModifier) {
        QWidget::keyPressEvent(event);
        return;
    }
    if (!event->isAutoRepeat())
        setSwapped(true);
}

void CompareView::keyReleaseEvent(QKeyEvent* event)
{
    // Shift may be let go before or after B: only the key counts.
    if (event->key() != Qt::Key_B || event->isAutoRepeat() || m_blink.isActive()) {
        QWidget::keyReleaseEvent(event);
        return;
    }
    setSwapped(false);
}

void CompareView::hideEvent(QHideEvent* event)
{
    QWidget::hideEvent(event);
    m_blinkAction->setChecked(false);
}

QJsonValue CompareView::state() const
{
    return QJsonObject{{QStringLiteral("of"), m_tabs->tabText(m_tabs->currentIndex())},
                       {QStringLiteral("number"), m_statistics->state()},
                       {QStringLiteral("inside"), QJsonArray{m_inner[First]->state(), m_inner[Second]->state()}}};
}

void CompareView::restore(const QJsonValue& state)
{
    choose(*m_tabs, state[QStringLiteral("of")]);
    m_statistics->restore(state[QStringLiteral("number")]);
    for (const Side side : {First, Second})
        m_inner[side]->restore(state[QStringLiteral("inside")][static_cast<int>(side)]);
}

Figure CompareView::figure()
{
    struct Part {
        Figure figure;
        const char* name;
    };
    if (page() == Page::ByLayer)
        return m_statistics->figure();
    std::vector<Part> parts;
    if (page() == Page::Inside) {
        parts = {{m_inner[First]->figure(), "first"}, {m_inner[Second]->figure(), "second"}};
        std::erase_if(parts, [](const Part& part) { return !part.figure.paint; });
        if (parts.empty())
            return {};
    } else {
        parts = {{m_panes[First]->canvas().figure(), "first"}, {m_panes[Second]->canvas().figure(), "second"}};
        if (m_differenceAction->isChecked())
            parts.push_back({m_difference->figure(), "difference"});
    }
    constexpr qreal gap = 24;
    Figure result;
    result.title = tr("Side by side");
    if (!m_second.trace())
        return result;
    result.size = {-gap, 0};
    for (const Part& part : parts) {
        result.isWhole = result.isWhole && part.figure.isWhole;
        result.size.rwidth() += part.figure.size.width() + gap;
        result.size.setHeight(std::max(result.size.height(), part.figure.size.height()));
        for (NamedArray numbers : part.figure.numbers) {
            numbers.name = std::string(part.name) + "_" + numbers.name;
            result.numbers.push_back(std::move(numbers));
        }
        for (const auto& [key, value] : part.figure.metadata)
            result.metadata.emplace_back(QLatin1String(part.name) + QLatin1Char(' ') + key, value);
        // Each part has its own at its foot.
        for (const Assumption& assumption : part.figure.assumed)
            result.assumed.push_back({assumption.severity, std::string(part.name) + ": " + assumption.text});
    }
    result.paint = [parts](QPainter& painter) {
        for (const Part& part : parts) {
            painter.save();
            part.figure.paint(painter);
            painter.restore();
            painter.translate(part.figure.size.width() + gap, 0);
        }
    };
    return result;
}

}  // namespace vitrine
