// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>

#include "ui/panels/theme.h"
#include "ui/session/inference_worker.h"
#include "ui/views/parts/wheel_steps.h"

class QComboBox;
class QDialogButtonBox;
class QDoubleSpinBox;
class QFormLayout;
class QLabel;
class QLineEdit;
class QSpinBox;

namespace vitrine {

/// A device that a model can run on.
struct DeviceChoice {
    QString id;    ///< what EngineOptions::device takes
    QString name;  ///< for people
};

/// What the settings are about.
struct Settings {
    ModelSource model;
    Theme theme = Theme::System;
    WheelUse wheel = WheelUse::Zoom;
};

/// What the command line can say about a model and how it runs, the window's colours and its wheel. What is left at "as the
/// file says" is not said.
class SettingsDialog : public QDialog {
    Q_OBJECT

public:
    /// `spec`: of the loaded model, for what stands in its file; may be null.
    SettingsDialog(const Settings& settings, const ModelSpec* spec, const std::vector<DeviceChoice>& devices,
                   QWidget* parent = nullptr);

    Settings settings() const;

private:
    void buildModel(QFormLayout& form, const ModelSpec* spec);
    void buildRun(QFormLayout& form, const std::vector<DeviceChoice>& devices);
    void show(const Settings& settings);
    void check();

    Settings m_settings;
    QSpinBox* m_heads;
    QSpinBox* m_innerHeads;
    QSpinBox* m_height;
    QSpinBox* m_width;
    QLineEdit* m_mean;
    QLineEdit* m_deviation;
    QDoubleSpinBox* m_crop;
    QComboBox* m_fit;
    QComboBox* m_interpolation;
    QComboBox* m_pool;
    QComboBox* m_activation;
    QComboBox* m_device;
    QComboBox* m_precision;
    QSpinBox* m_threads;
    QSpinBox* m_budget;
    QComboBox* m_theme;
    QComboBox* m_wheel;
    QLabel* m_problem;
    QDialogButtonBox* m_buttons;
};

}  // namespace vitrine
