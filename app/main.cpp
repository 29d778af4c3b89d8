// SPDX-License-Identifier: GPL-3.0-or-later
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>

#include <QGuiApplication>

#include <CLI/CLI.hpp>

#include "app/figure_commands.h"
#include "app/messages.h"
#include "app/recipe.h"
#include "app/window.h"
#include "core/base/error.h"
#include "core/checkpoint/report.h"
#include "core/model/resources.h"
#include "core/output/temporaries.h"
#include "ui/panels/window_application.h"

namespace {

using namespace vitrine;

/// $VITRINE_RESOURCES, else share/vitrine of an installation, else the source folder.
std::filesystem::path findResources()
{
    namespace fs = std::filesystem;
    if (const char* folder = std::getenv("VITRINE_RESOURCES"); folder && *folder)
        return folder;
    std::error_code error;
    const fs::path installed = fs::read_symlink("/proc/self/exe", error).parent_path().parent_path() / "share/vitrine";
    return fs::is_directory(installed, error) ? installed : fs::path(VITRINE_RESOURCES);
}

/// Whatever ends the program leaves no unfinished file behind. What was ignored before (nohup) stays so.
void watchSignals()
{
    struct sigaction action {};
    action.sa_handler = [](int signal) {
        removeTemporaries();
        std::raise(signal);
    };
    action.sa_flags = SA_RESETHAND;
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT}) {
        struct sigaction before {};
        if (::sigaction(signal, nullptr, &before) == 0 && before.sa_handler != SIG_IGN)
            ::sigaction(signal, &action, nullptr);
    }
    // A file beyond a limit (ulimit -f) is then an error as a full disk is.
    std::signal(SIGXFSZ, SIG_IGN);
}

/// A subcommand draws figures, but on no screen.
template <typename Application>
int runHeadless(int argc, char** argv, const Run& run)
{
    qputenv("QT_QPA_PLATFORM", "offscreen");
    const Application application(argc, argv);
    const int code = run();
    // A full disk shows only here: what was printed lies in a buffer until now.
    if (!std::cout.flush() || std::fflush(stdout) != 0 || std::ferror(stdout))
        throw Error("The answer could not be written to the standard output; is the disk full?");
    return code;
}

int runVitrine(int argc, char** argv)
{
    CLI::App app("Look inside Vision Transformers: what a ViT or TNT does with a picture.", "vitrine");
    app.set_version_flag("--version", VITRINE_VERSION);
    app.require_subcommand(0, 1);
    Run run;
    WindowArguments window;
    addWindow(app, window);
    addClassify(app, run);
    addFigureCommands(app, run);
    addFigure(app, run);
    addTrace(app, run);
    addInspect(app, run);
    addEvaluate(app, run);
    addBench(app, run);
    try {
        app.parse(argc, argv);
        refuseIdleOptions(app);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0)
            return app.exit(error);
        const auto chosen = app.get_subcommands();
        std::cerr << "vitrine: " << printable(error.what()) << "\nSee vitrine "
                  << (chosen.empty() ? "" : chosen.front()->get_name() + " ") << "--help\n";
        return 2;
    }
    setProgramArguments({argv + 1, argv + argc});
    setResourceFolder(findResources());
    takeQtMessages();
    if (!run)
        return openWindow(argc, argv, window);
    // A figure of a view is made by the window that it came from.
    return app.got_subcommand("figure") ? runHeadless<WindowApplication>(argc, argv, run)
                                        : runHeadless<QGuiApplication>(argc, argv, run);
}

}  // namespace

int main(int argc, char** argv)
{
    watchSignals();
    try {
        return runVitrine(argc, argv);
    } catch (const std::bad_alloc&) {
        std::cerr << "vitrine: There is not enough memory; choose a smaller model, input size or batch.\n";
    } catch (const std::exception& error) {
        std::cerr << "vitrine: " << printable(error.what()) << '\n';
    }
    return 1;
}
