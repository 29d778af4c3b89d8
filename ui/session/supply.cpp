// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/supply.h"

namespace vitrine {

Supply::Supply(Exploration& exploration, InferenceController& controller, QObject* parent)
    : QObject(parent)
    , m_exploration(exploration)
    , m_controller(controller)
{
    connectExploration();
    connectController();
}

void Supply::connectExploration()
{
    connect(&m_exploration, &Exploration::attentionMissing, this,
            [this](int layer) { m_controller.requestAttention(m_exploration.trace(), layer); });
    connect(&m_exploration, &Exploration::passMissing, this,
            [this] { m_controller.requestChanged(m_exploration.base(), *m_exploration.missingPass()); });
    connect(&m_exploration, &Exploration::mapMissing, this, &Supply::askForMap);
}

void Supply::connectController()
{
    connect(&m_controller, &InferenceController::attentionReady, this,
            [this](const std::shared_ptr<const Trace>& trace, int layer, const NdArray& attention) {
                m_exploration.provideAttention(trace.get(), layer, attention);
            });
    connect(&m_controller, &InferenceController::attentionFailed, this, &Supply::failed);
    connect(&m_controller, &InferenceController::changedReady, this,
            [this](const std::shared_ptr<const Trace>& base, const WhatIf& change,
                   const std::shared_ptr<const Trace>& changed) { m_exploration.provideChanged(base.get(), change, changed); });
    connect(&m_controller, &InferenceController::changedFailed, this, [this](const QString& message) {
        m_exploration.restore();
        Q_EMIT failed(message);
    });
    connect(&m_controller, &InferenceController::mapReady, this,
            [this](const std::shared_ptr<const Trace>& trace, const MapRequest& request, const NdArray& values) {
                m_exploration.provideMap(trace.get(), request, {values, {}});
                askForMap();
            });
    connect(&m_controller, &InferenceController::mapFailed, this,
            [this](const std::shared_ptr<const Trace>& trace, const MapRequest& request, const QString& message) {
                m_exploration.provideMap(trace.get(), request, {{}, message});
                askForMap();
            });
    connect(&m_controller, &InferenceController::judged, this,
            [this](const std::shared_ptr<const Trace>& trace, const Judgement& judgement) {
                m_exploration.provideJudgement(trace.get(), judgement);
                askForMap();
            });
}

void Supply::askForMap()
{
    std::optional<MapRequest> wanted = m_exploration.missingMap();
    for (const Missing& missing : m_maps)
        if (!wanted)
            wanted = missing();
    if (wanted) {
        m_controller.requestMap(m_exploration.trace(), *wanted);
        return;
    }
    for (const Missing& missing : m_judgements)
        if (const std::optional<MapRequest> unjudged = missing()) {
            m_controller.requestJudgement(m_exploration.trace(), *unjudged, m_exploration.answer(*unjudged)->values,
                                          *m_exploration.shownClass());
            return;
        }
}

}  // namespace vitrine
