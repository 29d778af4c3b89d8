// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

#include <functional>
#include <optional>
#include <vector>

#include "ui/session/exploration.h"
#include "ui/session/inference_controller.h"

namespace vitrine {

/// Gets what an exploration misses from a controller: layers, changed passes, maps and whether to believe them; one map at a
/// time, the one that is missed most. GUI thread only; both outlive it.
class Supply : public QObject {
    Q_OBJECT

public:
    using Missing = std::function<std::optional<MapRequest>()>;

    Supply(Exploration& exploration, InferenceController& controller, QObject* parent = nullptr);

    /// Somebody else who waits for maps of the same pass, served in this order behind the exploration.
    void addMaps(Missing missing) { m_maps.push_back(std::move(missing)); }
    /// Who waits for the judgement of a map that is there; served when no map is missing.
    void addJudgements(Missing missing) { m_judgements.push_back(std::move(missing)); }
    /// Asks for the next map, or judgement.
    void askForMap();

Q_SIGNALS:
    void failed(const QString& message);

private:
    void connectExploration();
    void connectController();

    Exploration& m_exploration;
    InferenceController& m_controller;
    std::vector<Missing> m_maps, m_judgements;
};

}  // namespace vitrine
