// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/model_menu.h"

#include "ui/panels/appearance.h"
#include "ui/panels/commands.h"

namespace vitrine {

ModelMenu::ModelMenu(ModelChoice& models, const InferenceController& controller, Appearance& appearance, Devices devices,
                     QWidget* parent)
    : QMenu(tr("&Model"), parent)
    , m_models(models)
    , m_controller(controller)
    , m_appearance(appearance)
    , m_devices(std::move(devices))
{
    for (const BundledModel& bundled : models.bundled())
        addCommand(this, bundled.title, {}, [this, name = bundled.name] { m_models.choose(name); });
    addSeparator();
    if (m_devices) {
        QMenu* menu = addMenu(tr("&Device"));
        connect(menu, &QMenu::aboutToShow, this, [this, menu] { fillDevices(menu); });
    }
    QMenu* precisions = addMenu(tr("&Precision"));
    connect(precisions, &QMenu::aboutToShow, this, [this, precisions] { fillPrecisions(precisions); });
    addCommand(this, tr("&Settings…"), {QKeySequence(Qt::CTRL | Qt::Key_Comma)}, [this] { openSettings(); });
}

void ModelMenu::openSettings()
{
    SettingsDialog dialog({m_models.wanted(), m_appearance.theme(), wheelUse()},
                          m_controller.model() ? m_controller.model()->spec.get() : nullptr,
                          m_devices ? m_devices() : std::vector<DeviceChoice>(), parentWidget());
    if (dialog.exec() != QDialog::Accepted)
        return;
    const Settings settings = dialog.settings();
    if (settings.theme != m_appearance.theme())
        m_appearance.setTheme(settings.theme);
    setWheelUse(settings.wheel);
    if (settings.model.key() != m_models.wanted().key())
        m_models.load(settings.model);
}

void ModelMenu::addChoice(QMenu* menu, const QString& text, bool checked, std::function<void(EngineOptions&)> choose)
{
    QAction* action = menu->addAction(text);
    action->setCheckable(true);
    action->setChecked(checked);
    connect(action, &QAction::triggered, this, [this, choose = std::move(choose)] { m_models.changeOptions(choose); });
}

void ModelMenu::fillDevices(QMenu* menu)
{
    menu->clear();
    for (const DeviceChoice& device : m_devices())
        addChoice(menu, device.name, m_controller.model() && m_controller.model()->deviceId == device.id,
                  [id = device.id.toStdString()](EngineOptions& options) { options.device = id; });
}

void ModelMenu::fillPrecisions(QMenu* menu)
{
    menu->clear();
    for (const Precision precision : {Precision::Float32, Precision::BFloat16, Precision::Float16})
        addChoice(menu, QString::fromStdString(toString(precision)),
                  m_controller.model() && m_controller.model()->precision == precision,
                  [precision](EngineOptions& options) { options.precision = precision; });
}

}  // namespace vitrine
