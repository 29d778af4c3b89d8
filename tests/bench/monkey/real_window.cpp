// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/monkey/real_window.h"

#include "app/engine_library.h"
#include "core/model/model.h"
#include "core/model/resources.h"
#include "ui/panels/window_application.h"

namespace vitrine {

namespace {

std::unique_ptr<Engine> engineOf(const ModelSource& source, const Progress& progress, const std::stop_token& stop)
{
    return makeEngine(
        [&] {
            return loadModel(resolveModel(source.nameOrPath.toStdString(), resourceFolder()), source.overrides, progress, stop);
        },
        source.options);
}

std::vector<DeviceChoice> devices()
{
    std::vector<DeviceChoice> result;
    for (const Device& device : engineLibrary().devices())
        result.push_back({QString::fromStdString(device.id), QString::fromStdString(device.name)});
    return result;
}

}  // namespace

std::unique_ptr<MainWindow> realWindow()
{
    WindowSetup setup;
    setup.engines = engineOf;
    setup.models = {{QStringLiteral("vit"), QStringLiteral("ViT")}, {QStringLiteral("tnt"), QStringLiteral("TNT")}};
    setup.devices = devices;
    auto window = std::make_unique<MainWindow>(std::move(setup));
    if (auto* const application = qobject_cast<WindowApplication*>(QCoreApplication::instance()))
        QObject::connect(application, &WindowApplication::failed, window.get(), &MainWindow::showMishap);
    return window;
}

}  // namespace vitrine
