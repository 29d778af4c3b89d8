// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/work_flow.h"

#include <QStackedWidget>
#include <QStatusBar>

#include <utility>

#include "ui/panels/busy_signs.h"
#include "ui/panels/canvas_panel.h"
#include "ui/panels/message_bar.h"
#include "ui/panels/model_choice.h"
#include "ui/panels/pages.h"
#include "ui/panels/side_by_side.h"
#include "ui/panels/status_facts.h"
#include "ui/panels/workspace.h"
#include "ui/session/supply.h"

namespace vitrine {

WorkFlow::WorkFlow(Exploration& exploration, InferenceController& controller, ModelChoice& models, Pages& pages,
                   SideBySide& compare, MessageBar& messages, QStatusBar& status)
    : QObject(&pages)
    , m_exploration(exploration)
    , m_controller(controller)
    , m_models(models)
    , m_pages(pages)
    , m_compare(compare)
    , m_messages(messages)
    , m_supply(new Supply(exploration, controller, this))
    , m_signs(new BusySigns(exploration, controller, models, &pages.workspace().pages()))
    , m_status(new StatusFacts(status, exploration, controller))
{
    connect(&controller, &InferenceController::imageReady, this, [this](quint64, const Image& image) { showPicture(image); });
    connect(&controller, &InferenceController::finished, this,
            [this](quint64, const std::shared_ptr<const Trace>& trace) { showResult(trace); });
    connect(&controller, &InferenceController::failed, this, [this](quint64, const QString& message) { tellFailure(message); });
    connect(&controller, &InferenceController::mapProgressed, &pages.canvas(), &CanvasPanel::setMapProgress);
    connect(&models, &ModelChoice::shown, this, &WorkFlow::showModel);
    pages.addVeils(*m_signs);
    connect(m_signs, &BusySigns::stopped, this, &WorkFlow::stop);
    connect(m_signs, &BusySigns::staleChanged, this, &WorkFlow::refreshStatus);
    pages.connectTo(*m_supply);
    connect(m_supply, &Supply::failed, this, &WorkFlow::tellError);
    connect(&compare, &SideBySide::failed, this, &WorkFlow::tellError);
}

void WorkFlow::tellError(const QString& message)
{
    m_messages.showMessage(MessageBar::Kind::Error, message);
}

void WorkFlow::showModel(const LoadedModel& model)
{
    m_pages.setModel(model);
    m_compare.setModel(model.source);
    refreshStatus();
}

void WorkFlow::showPicture(const Image& image)
{
    const PictureSource& picture = m_controller.picture();
    const QString key = picture.key();
    if (key == std::exchange(m_shownKey, key))
        return;
    m_pages.setPicture(image, picture.name);
    m_compare.setPicture(image, picture);
    Q_EMIT pictureShown(picture.name);
}

void WorkFlow::showResult(const std::shared_ptr<const Trace>& trace)
{
    m_signs->setFresh();
    m_exploration.setTrace(trace);
    Q_EMIT resultShown();
    refreshStatus();
}

void WorkFlow::tellFailure(const QString& message)
{
    m_messages.addFailure(message);
    // The picture that failed had stopped what the present one still needs.
    const std::shared_ptr<const Trace>& trace = m_exploration.trace();
    if (trace && !m_controller.renewsResult() && m_exploration.attention(m_exploration.layer()).empty())
        m_controller.requestAttention(trace, m_exploration.layer());
}

void WorkFlow::refreshStatus()
{
    m_status->refresh(m_signs->isStale());
}

bool WorkFlow::isAskedFor() const
{
    // The small maps beside the picture come by themselves: whoever presses Esc means something else.
    return m_controller.renewsResult() || m_exploration.missingMap() || m_exploration.missingPass()
           || (m_controller.busy() && !m_pages.isShown(QStringLiteral("canvas")));
}

void WorkFlow::stop()
{
    m_pages.stop();
    m_controller.stop();
    if (m_exploration.missingPass())
        m_exploration.restore();
    if (m_exploration.missingMap())
        m_exploration.setMethod(nullptr);
    m_models.keepPresent();
}

}  // namespace vitrine
