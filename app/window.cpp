// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window.h"

#include <QApplication>
#include <QIcon>
#include <QStyleFactory>
#include <QWindow>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>

#include <CLI/CLI.hpp>

#include "app/engine_library.h"
#include "app/messages.h"
#include "app/screenshot.h"
#include "core/base/error.h"
#include "core/model/resources.h"
#include "ui/panels/explore_steps.h"
#include "ui/panels/main_window.h"
#include "ui/panels/window_application.h"
#include "ui/picture/file_name.h"
#include "ui/session/remember.h"

namespace vitrine {

namespace {

constexpr std::chrono::milliseconds longestEnd(250);
constexpr int longestWrite = 10000;  // milliseconds
const std::map<std::string, Theme> themes{
    {"system", Theme::System}, {"dark", Theme::Dark}, {"light", Theme::Light}, {"contrast", Theme::Contrast}};

std::vector<BundledModel> bundledForWindow()
{
    std::vector<BundledModel> result;
    for (const std::string& name : bundledModels(resourceFolder())) {
        const QString title = name == "vit"   ? QStringLiteral("ViT")
                              : name == "tnt" ? QStringLiteral("TNT")
                                              : QString::fromStdString(name);
        result.push_back({QString::fromStdString(name), title});
    }
    return result;
}

std::unique_ptr<Engine> makeEngineForWindow(const ModelSource& source, const Progress& progress, std::stop_token stop)
{
    const auto load = [&] {
        Model model = loadModel(resolveModel(toPath(source.nameOrPath).string(), resourceFolder()), source.overrides, progress,
                                stop);
        throwIfStopped(stop);
        return model;
    };
    return makeEngine(load, source.options);
}

std::vector<DeviceChoice> devicesForWindow()
{
    std::vector<DeviceChoice> result;
    for (const Device& device : engineLibrary().devices())
        result.push_back({QString::fromStdString(device.id), QString::fromStdString(device.name)});
    return result;
}

/// All sample pictures, the red panda first.
QStringList samplePictures()
{
    std::vector<std::filesystem::path> files;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(resourceFolder() / "samples", error))
        if (entry.path().extension() == ".png" || entry.path().extension() == ".jpg")
            files.push_back(entry.path());
    std::ranges::sort(files, {}, [](const std::filesystem::path& file) { return std::pair(file.stem() != "red_panda", file); });
    QStringList names;
    for (const std::filesystem::path& file : files)
        names.append(fromPath(file));
    return names;
}

std::vector<std::string> picturesOf(MainWindow& window)
{
    std::vector<std::string> files;
    for (int row = 0; row < window.pictures().rowCount(); ++row)
        files.push_back(toPath(window.pictures().source(row).path).string());
    return files;
}

void chooseMap(Exploration& exploration, const std::string& name)
{
    const std::vector<TokenMapChoice> maps = tokenMapChoices(exploration.trace().get());
    const auto found = std::ranges::find(maps, u'~' + QString::fromStdString(name), &TokenMapChoice::id);
    if (found != maps.end() && found->map != TokenMap::Attention)
        return exploration.setTokenMap(found->map);
    const Method& method = findMethod(name);
    if (const std::string why = whyNot(method, *exploration.trace()->model); !why.empty())
        throw Error(why);
    exploration.setMethod(&method);
}

void arrange(MainWindow& window, const WindowArguments& arguments)
{
    Exploration& exploration = window.exploration();
    const ModelSpec& spec = *exploration.trace()->model;
    refuseInput(arguments.screenshot, picturesOf(window), spec);
    if (!arguments.view.empty() && !window.showView(QString::fromStdString(arguments.view))) {
        std::string names;
        for (const ViewEntry& view : window.views())
            if (view.name.toStdString() == arguments.view)
                throw Error(spec.name + " has nothing to show in the view \"" + arguments.view + "\"; choose another one.");
            else
                names += (names.empty() ? "" : ", ") + view.name.toStdString();
        throw Error("There is no view \"" + arguments.view + "\"; the views are " + names + ".");
    }
    if (!arguments.layer.empty())
        exploration.setLayer(parseLayer(arguments.layer, spec).value_or(exploration.layer()));
    if (!arguments.head.empty())
        exploration.setHeads(parseHead(arguments.head, spec.heads).value_or(exploration.heads()));
    if (!arguments.method.empty())
        chooseMap(exploration, arguments.method);
    if (!arguments.query.empty())
        exploration.pin(parseToken(arguments.query, spec));
}

/// Calls `then` once, when the window has been painted: opening the library of networks holds a lock of the loader that
/// Qt may wait for while it paints.
class FirstPaint : public QObject {
public:
    FirstPaint(QWidget& window, std::function<void()> then)
        : m_then(std::move(then))
    {
        window.winId();  // makes the handle now; show() would make it later
        window.windowHandle()->installEventFilter(this);
    }

protected:
    bool eventFilter(QObject* window, QEvent* event) override
    {
        if (event->type() == QEvent::Expose) {
            window->removeEventFilter(this);
            QMetaObject::invokeMethod(this, m_then, Qt::QueuedConnection);
        }
        return false;
    }

private:
    std::function<void()> m_then;
};

/// Nothing was asked for: one goes on where one was.
bool isPlainStart(const WindowArguments& arguments)
{
    return arguments.files.empty() && arguments.session.empty() && arguments.screenshot.empty()
           && arguments.model.model == "vit";
}

/// Before there is a QApplication: Qt reads these once.
void chooseScreen(const WindowArguments& arguments)
{
    // libwayland says on stderr by itself that it does not know where such a socket lies.
    if (!qgetenv("WAYLAND_DISPLAY").startsWith('/') && qEnvironmentVariableIsEmpty("XDG_RUNTIME_DIR"))
        qunsetenv("WAYLAND_DISPLAY");
    const bool noDisplay = qEnvironmentVariableIsEmpty("DISPLAY") && qEnvironmentVariableIsEmpty("WAYLAND_DISPLAY")
                           && qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM");
    if (noDisplay && arguments.screenshot.empty())
        throw Error("There is no display to open a window on; use a subcommand such as vitrine classify, or "
                    "--screenshot OUT.png.");
    if (noDisplay)
        qputenv("QT_QPA_PLATFORM", "offscreen");
    if (arguments.scale > 0)
        qputenv("QT_SCALE_FACTOR", QByteArray::number(arguments.scale));
}

std::unique_ptr<WindowApplication> makeApplication(int& argc, char** argv)
{
    std::string said;
    for (const char* name : {"QT_QPA_PLATFORM", "WAYLAND_DISPLAY", "DISPLAY"})
        if (!qEnvironmentVariableIsEmpty(name))
            said += (said.empty() ? "" : ", ") + std::string(name) + "=" + qgetenv(name).toStdString();
    const WhenQtEnds noWindow("No window can be opened with " + said
                              + "; correct or unset it, or use a subcommand such as "
                                "vitrine classify, which needs no display.");
    auto application = std::make_unique<WindowApplication>(argc, argv);
    QApplication::setApplicationName(QStringLiteral("Vitrine"));
    QApplication::setOrganizationName(QStringLiteral("Vitrine"));
    QApplication::setApplicationVersion(QStringLiteral(VITRINE_VERSION));
    QApplication::setDesktopFileName(QStringLiteral("vitrine"));
    QApplication::setWindowIcon(QIcon(QStringLiteral(":/icons/vitrine.svg")));
    QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
    return application;
}

}  // namespace

void addWindow(CLI::App& app, WindowArguments& arguments)
{
    app.add_option("IMAGE", arguments.files, "Pictures, folders or a checkpoint to open in the window")->check(problemOfInput);
    app.add_option("--session", arguments.session,
                   "A session that was saved (.vitrine): picture, model, and what was looked at")
        ->check(problemOfInput);
    addModelOptions(app, arguments.model);
    addRecordingOptions(app, arguments.model);
    CLI::Option* screenshot = app.add_option("--screenshot", arguments.screenshot,
                                             "Save the window as PNG once everything is shown, and end")
                                  ->check(problemOfOutput);
    app.add_option_function<std::string>(
        "--size",
        [&](const std::string& text) {
            char rest = 0;
            if (std::sscanf(text.c_str(), "%dx%d%c", &arguments.width, &arguments.height, &rest) != 2 || arguments.width < 320
                || arguments.height < 240 || arguments.width > 16384 || arguments.height > 16384)
                throw CLI::ValidationError("--size", "give WIDTHxHEIGHT, as in 1280x800");
        },
        "Size of the window in logical pixels, WIDTHxHEIGHT, where its parts have room");
    app.add_option("--view", arguments.view, "The view to raise: heads, matrix, anatomy ...")->needs(screenshot);
    app.add_option("--layer", arguments.layer, "The layer to show")->needs(screenshot);
    app.add_option("--head", arguments.head, "The head to show: N, mean, max, min")->needs(screenshot);
    app.add_option("--method", arguments.method,
                   "The method whose map covers the picture: chefer, lens ..., or similarity, components, norm, pooling")
        ->needs(screenshot);
    app.add_option("--query", arguments.query, "The token that looks: cls, ROW,COL or a name")->needs(screenshot);
    app.add_option("--theme", arguments.theme, "system, dark, light or contrast")->check(CLI::IsMember(themes));
    app.add_option("--scale", arguments.scale, "Device pixels per logical pixel")->check(CLI::Range(0.5, 8.0));
}

WindowSetup windowSetup(bool persistent)
{
    return {makeEngineForWindow, bundledForWindow(), devicesForWindow, samplePictures(), persistent};
}

int openWindow(int argc, char** argv, const WindowArguments& arguments)
{
    chooseScreen(arguments);
    const std::unique_ptr<WindowApplication> application = makeApplication(argc, argv);
    // A screenshot shows the same on every machine.
    MainWindow window(windowSetup(arguments.screenshot.empty()));
    QObject::connect(application.get(), &WindowApplication::failed, &window, &MainWindow::showMishap);
    if (!arguments.theme.empty())
        window.setTheme(themes.at(arguments.theme));
    if (arguments.width > 0)
        window.resize(arguments.width, arguments.height);
    const FirstPaint firstPaint(window, [&] {
        window.loadModel({fromPath(arguments.model.model), arguments.model.overrides, arguments.model.engine});
        QStringList files;
        for (const std::string& file : arguments.files)
            files.append(fromPath(file));
        if (!arguments.session.empty())
            files.append(fromPath(arguments.session));
        // What is named wins over what was looked at last.
        if (!isPlainStart(arguments) || !window.openKept())
            window.openFiles(files.isEmpty() ? samplePictures() : files);
        if (!arguments.screenshot.empty())
            takeScreenshot(window, arguments.screenshot, [&](MainWindow& shown) { arrange(shown, arguments); });
    });
    window.show();
    const WhenQtEnds displayGone("The display went away, and the window with it.");
    const int code = QApplication::exec();
    // A decoder or a network being loaded that does not look at its stop must not hold up the end: nothing of it is kept.
    const bool ended = window.end(QDeadlineTimer(longestEnd));
    if (!writingPool().waitForDone(longestWrite) || !ended)
        std::_Exit(code);
    return code;
}

}  // namespace vitrine
