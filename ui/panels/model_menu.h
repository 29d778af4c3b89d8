// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMenu>

#include <functional>
#include <vector>

#include "ui/panels/model_choice.h"
#include "ui/panels/settings_dialog.h"

namespace vitrine {

class Appearance;

/// Which model, on which device, how precisely; and the settings.
class ModelMenu : public QMenu {
    Q_OBJECT

public:
    using Devices = std::function<std::vector<DeviceChoice>()>;

    /// `devices` may be slow, and empty.
    ModelMenu(ModelChoice& models, const InferenceController& controller, Appearance& appearance, Devices devices,
              QWidget* parent);

private:
    void openSettings();
    void fillDevices(QMenu* menu);
    void fillPrecisions(QMenu* menu);
    /// Loads the model again with options that `choose` has changed.
    void addChoice(QMenu* menu, const QString& text, bool checked, std::function<void(EngineOptions&)> choose);

    ModelChoice& m_models;
    const InferenceController& m_controller;
    Appearance& m_appearance;
    Devices m_devices;
};

}  // namespace vitrine
