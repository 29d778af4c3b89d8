// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/pages.h"

#include <QApplication>
#include <QStackedWidget>

#include <algorithm>
#include <utility>

#include "core/explain/inner.h"
#include "ui/panels/busy_signs.h"
#include "ui/panels/canvas_panel.h"
#include "ui/panels/figure_page.h"
#include "ui/panels/navigator.h"
#include "ui/panels/side_by_side.h"
#include "ui/panels/side_panel.h"
#include "ui/panels/workspace.h"
#include "ui/session/supply.h"
#include "ui/views/anatomy/anatomy_view.h"
#include "ui/views/compare/compare_view.h"
#include "ui/views/heads/head_sheet_view.h"
#include "ui/views/inner/inner_view.h"
#include "ui/views/inner/inside_page.h"
#include "ui/views/matrix/attention_matrix_view.h"
#include "ui/views/methods/method_sheet_view.h"
#include "ui/views/statistics/statistics_view.h"
#include "ui/views/positions/positions_view.h"
#include "ui/views/predictions/predictions_view.h"

namespace vitrine {

Pages::Pages(Exploration& exploration, SideBySide& compare, QWidget* pictures, QWidget* window)
    : QObject(window)
    , m_exploration(exploration)
    , m_compare(compare)
    , m_canvas(new CanvasPanel(exploration))
    , m_side(new SidePanel(exploration, window))
    , m_navigator(new Navigator(exploration))
    , m_workspace(new Workspace(pictures, m_navigator, m_side, window))
{
    build();
    for (const ViewEntry& view : m_views)
        if (view.widget != &m_side->predictions())
            m_workspace->addPage(view.name, view.title, view.widget->whatsThis(), view.widget);
    m_workspace->setAvailable(QStringLiteral("inside"), false);
    connectViews();
}

void Pages::build()
{
    m_views.push_back({QStringLiteral("canvas"), tr("Picture"), m_canvas, [this] { return m_canvas->canvas().figure(); }});
    const auto add = [this](const QString& name, const QString& title, auto* view) {
        ViewEntry entry{name, title, view, [view] { return view->figure(); }};
        if constexpr (requires { view->state(); }) {
            entry.state = [view] { return view->state(); };
            entry.restore = [view](const QJsonValue& state) { view->restore(state); };
        }
        m_views.push_back(std::move(entry));
        return view;
    };
    // In the order of Ctrl+1 to Ctrl+8; predictions have Ctrl+F.
    add(QStringLiteral("heads"), tr("Heads"), new HeadSheetView(m_exploration));
    add(QStringLiteral("matrix"), tr("Matrix"), new AttentionMatrixView(m_exploration));
    m_inside = add(QStringLiteral("inside"), tr("Inside"), new InsidePage(m_exploration));
    m_positions = add(QStringLiteral("positions"), tr("Positions"), new PositionsView(m_exploration));
    add(QStringLiteral("anatomy"), tr("Anatomy"), new AnatomyView(m_exploration));
    m_sheets = {&m_side->why(), add(QStringLiteral("methods"), tr("Methods"), new MethodSheetView(m_exploration))};
    m_statistics = add(QStringLiteral("statistics"), tr("Statistics"), new StatisticsView(m_exploration));
    add(QStringLiteral("predictions"), tr("Predictions"), &m_side->predictions());
    add(QStringLiteral("compare"), tr("Compare"), &m_compare.view());
    m_figure = add(QStringLiteral("figure"), tr("Figure"),
                   new FigurePage(m_exploration, m_views, [this] { return m_canvas->canvas().part(); }));
}

void Pages::connectViews()
{
    connect(m_workspace, &Workspace::pageChosen, this, &Pages::show);
    connect(m_workspace, &Workspace::pageChanged, this, &Pages::takePage);
    connect(&m_exploration, &Exploration::traceChanged, this, [this] {
        if (const auto& trace = m_exploration.trace())
            m_workspace->setAvailable(QStringLiteral("inside"), !trace->innerAttention.empty());
    });
    for (CanvasView* canvas : {&m_canvas->canvas(), &m_side->picture()})
        connect(canvas, &CanvasView::patchOpened, this, [this](int patch) {
            m_exploration.pin(m_exploration.trace()->model->prefixTokens() + patch);
            show(QStringLiteral("inside"));
        });
    connect(&m_compare, &SideBySide::begun, this, [this] { show(QStringLiteral("compare")); });
    connect(&m_compare, &SideBySide::ended, this, [this] { show(QStringLiteral("canvas")); });
}

void Pages::takePage(const QString& name)
{
    m_side->setBesidePicture(name == QStringLiteral("canvas"));
    // Both sides of a comparison say what they see, and a figure is looked at alone.
    if (name != QStringLiteral("compare") && name != QStringLiteral("figure")) {
        if (std::exchange(m_sideAway, false))
            m_side->show();
    } else if (!m_sideAway) {
        m_sideAway = !m_side->isHidden();
        m_side->hide();
    }
    if (name == QStringLiteral("compare") && !m_compare.isActive())
        m_compare.compareBundled();
    // A figure is of what was looked at.
    if (name != QStringLiteral("figure"))
        turnLayer(name == QStringLiteral("inside"));
    Q_EMIT pageChanged();
}

void Pages::turnLayer(bool inside)
{
    const auto turned = std::exchange(m_turned, std::nullopt);
    const int layer = m_exploration.layer();
    std::optional<int> wanted;
    if (turned && turned->second == layer)
        wanted = turned->first;
    else if (const auto& trace = m_exploration.trace(); inside && trace && !trace->innerAttention.empty())
        wanted = layerInside(*trace, m_exploration.shownPatch().value_or(m_inside->view().patch()), layer);
    if (!wanted)
        return;
    if (inside)
        m_turned = {layer, *wanted};
    Place place = m_exploration.place();
    place.layer = *wanted;
    m_exploration.passTo(place);
}

bool Pages::show(const QString& name)
{
    if (name == QStringLiteral("predictions")) {
        m_side->show();
        m_side->predictions().setFocus(Qt::ShortcutFocusReason);
        return true;
    }
    if (!m_workspace->isAvailable(name))
        return false;
    m_workspace->setPage(name);
    m_workspace->pages().currentWidget()->setFocus(Qt::ShortcutFocusReason);
    return true;
}

bool Pages::isShown(const QString& name) const
{
    return m_workspace->page() == name;
}

const ViewEntry& Pages::current() const
{
    for (const ViewEntry& view : m_views)
        if (QApplication::focusWidget()
            && (view.widget == QApplication::focusWidget() || view.widget->isAncestorOf(QApplication::focusWidget())))
            return view;
    return *std::ranges::find(m_views, m_workspace->page(), &ViewEntry::name);
}

void Pages::focusNext(int by)
{
    const int count = static_cast<int>(m_views.size());
    const auto from = static_cast<int>(&current() - m_views.data());
    for (int step = 1; step <= count; ++step) {
        const ViewEntry& next = m_views[static_cast<std::size_t>((from + by * step + count * step) % count)];
        if ((next.name != QStringLiteral("compare") || m_compare.isActive()) && show(next.name))
            return;
    }
}

void Pages::findClass()
{
    show(QStringLiteral("predictions"));
    m_side->predictions().find();
}

void Pages::setPicture(const Image& image, const QString& name)
{
    for (CanvasView* canvas : {&m_canvas->canvas(), &m_side->picture()})
        canvas->setPicture(image, name);
}

void Pages::setModel(const LoadedModel& model)
{
    m_positions->setPositions(model.positions, model.spec);
    m_workspace->setAvailable(QStringLiteral("positions"), model.spec->learnedPositions);
}

void Pages::connectTo(Supply& supply)
{
    supply.addMaps([this] { return m_compare.missingMap(); });
    connect(&m_compare, &SideBySide::mapMissing, &supply, &Supply::askForMap);
    // Before the methods: it takes a moment, some of them seconds.
    supply.addMaps([this] { return m_statistics->missingMap(); });
    connect(m_statistics, &StatisticsView::mapMissing, &supply, &Supply::askForMap);
    for (MethodSheetView* sheet : m_sheets) {
        supply.addMaps([sheet] { return sheet->missingMap(); });
        supply.addJudgements([sheet] { return sheet->missingJudgement(); });
        connect(sheet, &MethodSheetView::mapMissing, &supply, &Supply::askForMap);
    }
}

void Pages::addVeils(BusySigns& signs)
{
    for (const ViewEntry& view : m_views)
        signs.addVeil(view.widget);
    signs.addVeil(m_navigator);
    signs.addVeil(m_side);
}

void Pages::stop()
{
    for (MethodSheetView* sheet : m_sheets)
        sheet->stop();
}

QJsonObject Pages::state() const
{
    QJsonObject state{{QStringLiteral("page"), m_workspace->page()},
                      {QStringLiteral("part"), static_cast<int>(m_canvas->canvas().area())},
                      {QStringLiteral("classes"), m_side->predictions().shownClasses()}};
    for (const ViewEntry& view : m_views)
        if (view.state)
            state.insert(view.name, view.state());
    return state;
}

void Pages::restore(const QJsonObject& state)
{
    m_canvas->canvas().setArea(static_cast<CanvasArea>(std::clamp(state.value(QStringLiteral("part")).toInt(), 0, 2)));
    if (const int classes = state.value(QStringLiteral("classes")).toInt(); classes > 0)
        m_side->predictions().setShownClasses(classes);
    for (const ViewEntry& view : m_views)
        if (view.restore && state.contains(view.name))
            view.restore(state.value(view.name));
    const Place place = m_exploration.place();
    show(state.value(QStringLiteral("page")).toString());
    m_turned.reset();
    m_exploration.passTo(place);
}

}  // namespace vitrine
