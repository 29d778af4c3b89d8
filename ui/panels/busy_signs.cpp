// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/busy_signs.h"

#include "ui/panels/model_choice.h"
#include "ui/panels/overlays.h"
#include "ui/session/exploration.h"

namespace vitrine {

namespace {

/// Long enough for a small model to answer: its maps change at once instead of being dimmed before.
constexpr int staleAfterMilliseconds = 150;

}  // namespace

BusySigns::BusySigns(Exploration& exploration, InferenceController& controller, const ModelChoice& models, QWidget* pages)
    : QObject(pages)
    , m_exploration(exploration)
    , m_controller(controller)
    , m_models(models)
    , m_card(new BusyCard(pages))
{
    m_later.setSingleShot(true);
    m_later.setInterval(staleAfterMilliseconds);
    connect(&m_later, &QTimer::timeout, this, [this] { setStale(true); });
    connect(&controller, &InferenceController::progressed, m_card, &BusyCard::setProgress);
    connect(&controller, &InferenceController::busyChanged, this, &BusySigns::take);
    connect(m_card, &BusyCard::stopped, this, &BusySigns::stopped);
}

void BusySigns::addVeil(QWidget* over)
{
    m_veils.push_back(new Veil(over));
}

void BusySigns::take(bool busy)
{
    if (busy && m_controller.renewsResult()) {
        m_card->begin((m_controller.isLoading() ? tr("Loading %1…") : tr("Running %1…")).arg(m_models.nameOfWanted()));
        if (!m_isStale && !m_later.isActive())
            m_later.start();
        return;
    }
    m_card->end();
    setStale(false);
    // The maps would be of another picture, or of another model.
    if (!busy && !m_controller.hasResult() && m_exploration.trace()) {
        m_exploration.setTrace(nullptr);
        Q_EMIT staleChanged();
    }
}

void BusySigns::setStale(bool stale)
{
    m_later.stop();
    if (stale == m_isStale)
        return;
    m_isStale = stale;
    for (Veil* veil : m_veils) {
        veil->setVisible(stale && m_exploration.trace());
        veil->raise();
    }
    Q_EMIT staleChanged();
}

}  // namespace vitrine
