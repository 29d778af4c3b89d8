// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/explore_menu.h"

#include <QActionGroup>

#include "ui/panels/commands.h"
#include "ui/panels/explore_steps.h"
#include "ui/panels/go_to_dialog.h"
#include "ui/session/history.h"
#include "ui/session/playback.h"
#include "ui/views/canvas/canvas_view.h"

namespace vitrine {

ExploreMenu::ExploreMenu(Exploration& exploration, History& history, CanvasView& canvas, Playback& playback, QWidget* parent)
    : QMenu(tr("&Explore"), parent)
    , m_exploration(exploration)
    , m_canvas(canvas)
    , m_playback(playback)
    , m_play(new QAction(tr("▶"), this))
{
    addCommand(this, tr("&Back"), {Qt::ALT | Qt::Key_Left, QKeySequence::Undo}, [&history] { history.goBack(); });
    addCommand(this, tr("&Forward"), {Qt::ALT | Qt::Key_Right, QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Z)},
               [&history] { history.goForward(); });
    addSeparator();
    addSteps();
    addMethods(addMenu(tr("&Map")));
    addCommand(this, tr("Next method"), {Qt::Key_J}, [this] { stepMethod(m_exploration, 1); });
    addCommand(this, tr("Previous method"), {Qt::SHIFT | Qt::Key_J}, [this] { stepMethod(m_exploration, -1); });
    addErasing();
    addCommand(this, tr("CLS as query"), {Qt::Key_C}, [this] { queryCls(m_exploration); });
    addSeparator();
    addWalk();
    addCommand(this, tr("Go to…"), {Qt::CTRL | Qt::Key_G}, [this] { GoToDialog(m_exploration, parentWidget()).exec(); });
    addCommand(this, tr("Find a class…"), {QKeySequence::Find}, [this] { Q_EMIT findClassRequested(); });
    addCommand(this, tr("Step back: stop, unpin, leave full screen"), {Qt::Key_Escape}, [this] { Q_EMIT stepBackRequested(); });
}

void ExploreMenu::addSteps()
{
    addCommand(this, tr("Layer deeper"), {Qt::Key_PageDown}, [this] { stepLayer(m_exploration, 1); });
    addCommand(this, tr("Layer back"), {Qt::Key_PageUp}, [this] { stepLayer(m_exploration, -1); });
    addCommand(this, tr("Next head"), {Qt::Key_Period}, [this] { stepHead(m_exploration, 1); });
    addCommand(this, tr("Previous head"), {Qt::Key_Comma}, [this] { stepHead(m_exploration, -1); });
    addCommand(this, tr("Mean of heads or head"), {Qt::Key_M}, [this] { toggleMean(m_exploration); });
    m_swap = addCommand(this, tr("Looks at or looked at by"), {Qt::Key_X}, [this] { swapDirection(m_exploration); });
}

void ExploreMenu::addMethods(QMenu* menu)
{
    for (const TokenMapChoice& choice : tokenMapChoices(nullptr))
        addCommand(menu, choice.title, {}, [this, map = choice.map] { m_exploration.setTokenMap(map); });
    menu->addSeparator();
    for (const Method& method : methods())
        addCommand(menu, QString::fromUtf8(method.id), {}, [this, &method] {
            const auto& trace = m_exploration.trace();
            if (const std::string why = trace ? whyNot(method, *trace->model) : std::string(); !why.empty())
                Q_EMIT said(QString::fromStdString(why));
            else
                m_exploration.setMethod(&method);
        });
}

void ExploreMenu::addErasing()
{
    QAction* erase = addCommand(this, tr("Erase patches with the mouse"), {Qt::Key_E},
                                [this] { m_canvas.setErasing(!m_canvas.isErasing()); });
    erase->setCheckable(true);
    connect(&m_canvas, &CanvasView::erasingChanged, erase, &QAction::setChecked);
    addErasures(addMenu(tr("What erased patches become")));
    addCommand(this, tr("Restore what was erased and switched off"), {Qt::SHIFT | Qt::Key_E},
               [this] { m_exploration.restore(); });
}

void ExploreMenu::addErasures(QMenu* menu)
{
    const std::initializer_list<std::pair<std::optional<Baseline>, QString>> all{
        {Baseline::Zero, tr("The mean colour of the training pictures")},
        {Baseline::Mean, tr("The mean colour of this picture")},
        {Baseline::Blur, tr("Blurred")},
        {std::nullopt, tr("Tokens that no other token sees")}};
    auto* group = new QActionGroup(menu);
    for (const auto& [with, text] : all) {
        QAction* action = menu->addAction(text);
        action->setCheckable(true);
        action->setActionGroup(group);
        connect(menu, &QMenu::aboutToShow, action,
                [this, action, with = with] { action->setChecked(m_exploration.place().change.with == with); });
        connect(action, &QAction::triggered, this, [this, with = with] {
            WhatIf change = m_exploration.place().change;
            change.with = with;
            m_exploration.setChange(change);
        });
    }
}

void ExploreMenu::addWalk()
{
    m_play->setCheckable(true);
    m_play->setToolTip(tr("Walk through the layers or the queries; {Step back: stop, unpin, leave full screen} stops"));
    connect(addAction(tr("Walk")), &QAction::triggered, m_play, &QAction::trigger);
    QAction* queries = addAction(tr("Walk queries instead of layers"));
    queries->setCheckable(true);
    const auto walk = [queries] { return queries->isChecked() ? Playback::Walk::Queries : Playback::Walk::Layers; };
    connect(m_play, &QAction::triggered, this, [this, walk] {
        m_playback.toggle(walk());
        m_play->setChecked(m_playback.isPlaying());
    });
    connect(queries, &QAction::toggled, this, [this, walk] {
        if (m_playback.isPlaying())
            m_playback.play(walk());
    });
    connect(&m_playback, &Playback::playingChanged, m_play, &QAction::setChecked);
}

}  // namespace vitrine
