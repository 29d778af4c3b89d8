// SPDX-License-Identifier: GPL-3.0-or-later
// bench_monkey [--seconds N] [--seed N] [--models A,B] [--pause MS] [--tell] FILE...   a monkey at the real window
// bench_monkey --watch N FILE...   opens the files, lets the window be for N seconds and closes it
//
// Several at once need kernel.sched_autogroup_enabled=0: with a group of processes for each, the scheduler lets threads wait
// for seconds, which are reported as gaps.
#include <QCommandLineParser>
#include <QDir>
#include <QLoggingCategory>
#include <QStandardPaths>
#include <QStyleFactory>
#include <QTemporaryDir>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "core/model/resources.h"
#include "tests/bench/monkey/monkey.h"
#include "ui/panels/window_application.h"

namespace vitrine {
namespace {

using namespace std::chrono;

std::atomic<int> warnings = 0;

void hear(QtMsgType type, const QMessageLogContext&, const QString& message)
{
    // What a server without a window manager, or a system without a file manager, lacks says nothing about the window, nor
    // does it that QTest's mouse met a widget that takes no movements.
    if (type == QtDebugMsg || type == QtInfoMsg || message.startsWith(QStringLiteral("This plugin does not support"))
        || message.startsWith(QStringLiteral("Mouse event"))
        || message.startsWith(QStringLiteral("Unable to detect a launcher")))
        return;
    ++warnings;
    std::printf("Qt: %s\n", qPrintable(message));
    std::fflush(stdout);
}

int watch(const QStringList& files, const QString& model, int seconds)
{
    Gaps gaps;  // first: it loads a library, which later would wait for LibTorch's loading
    std::unique_ptr<MainWindow> window = realWindow();
    InferenceController& controller = window->controller();
    const auto begin = steady_clock::now();
    const auto tell = [begin](const char* what) {
        std::printf("%-24s %7.3f s\n", what, duration<double>(steady_clock::now() - begin).count());
        std::fflush(stdout);
    };
    QObject::connect(&controller, &InferenceController::imageReady, window.get(), [=] { tell("picture shown"); });
    QObject::connect(&controller, &InferenceController::finished, window.get(), [=] { tell("maps shown"); });
    QObject::connect(&controller, &InferenceController::failed, window.get(), [=](quint64, const QString& message) {
        tell("failed");
        std::printf("  %s\n", qPrintable(message));
    });
    window->show();
    window->loadModel({model, {}, {}});
    for (int i = 0; i < 50; ++i) {
        QApplication::processEvents();
        std::this_thread::sleep_for(milliseconds(2));
    }
    tell("window stands");
    gaps.reset();
    window->openFiles(files);
    QTimer::singleShot(seconds * 1000, window.get(), [&] { QApplication::exit(); });
    QApplication::exec();
    const Usage used = usage();
    std::printf("%d pictures, longest gap %lld ms, %.0f MB (peak %.0f)\n", window->pictures().rowCount(),
                static_cast<long long>(gaps.longest().count()), used.megabytes, used.peakMegabytes);
    const auto closing = steady_clock::now();
    window->close();
    const bool ended = window->end(QDeadlineTimer(250));
    std::printf("closed after %.0f ms, %s\n", duration<double, std::milli>(steady_clock::now() - closing).count(),
                ended ? "all work ended" : "with work left behind");
    std::fflush(stdout);
    if (!ended)
        std::_Exit(0);
    return 0;
}

int act(const MonkeyOptions& options)
{
    Monkey monkey(options);
    QObject::connect(&monkey, &Monkey::finished, [] { QApplication::exit(); });
    QApplication::setQuitOnLastWindowClosed(false);
    QApplication::exec();
    monkey.gaps().tell();
    monkey.tellMemory();
    std::printf("seed %u: %ld actions, %d gaps over a second, %d stale, %d mishaps, %d warnings, longest close %lld ms\n",
                options.seed, monkey.actions(), monkey.gaps().overASecond(), monkey.stale(), monkey.mishaps(), warnings.load(),
                static_cast<long long>(monkey.longestClose().count()));
    return monkey.gaps().overASecond() + monkey.stale() + monkey.mishaps() + warnings > 0 ? 1 : 0;
}

int run()
{
    QCommandLineParser parser;
    parser.addHelpOption();
    const QCommandLineOption seconds(QStringLiteral("seconds"), QStringLiteral("How long"), QStringLiteral("N"),
                                     QStringLiteral("60"));
    const QCommandLineOption seed(QStringLiteral("seed"), QStringLiteral("Of chance"), QStringLiteral("N"),
                                  QStringLiteral("1"));
    const QCommandLineOption models(QStringLiteral("models"), QStringLiteral("Names or files"), QStringLiteral("A,B"),
                                    QStringLiteral("vit,tnt"));
    const QCommandLineOption watched(QStringLiteral("watch"), QStringLiteral("Only look for so long"), QStringLiteral("N"));
    const QCommandLineOption pause(QStringLiteral("pause"), QStringLiteral("Between two actions, in ms"), QStringLiteral("MS"),
                                   QStringLiteral("8"));
    const QCommandLineOption tell(QStringLiteral("tell"), QStringLiteral("Tell every action"));
    parser.addOptions({seconds, seed, models, watched, pause, tell});
    parser.addPositionalArgument(QStringLiteral("FILE"), QStringLiteral("What is opened or dropped"));
    parser.process(*QCoreApplication::instance());
    setResourceFolder(VITRINE_RESOURCES);
    QStringList files;
    for (const QString& file : parser.positionalArguments())
        files.append(QFileInfo(file).absoluteFilePath());
    if (files.isEmpty())
        files.append(QStringLiteral(VITRINE_RESOURCES "/samples"));
    QStringList names = parser.value(models).split(u',');
    for (QString& name : names)
        if (QFileInfo::exists(name))
            name = QFileInfo(name).absoluteFilePath();
    QDir::setCurrent(QDir::homePath());  // of this run alone
    if (parser.isSet(watched))
        return watch(files, names.first(), parser.value(watched).toInt());
    return act({static_cast<std::uint32_t>(parser.value(seed).toUInt()), parser.value(seconds).toInt(), names, files,
                std::chrono::milliseconds(parser.value(pause).toInt()), parser.isSet(tell)});
}

}  // namespace
}  // namespace vitrine

int main(int argc, char** argv)
{
    // Nothing of the person at whose machine it runs is read or written.
    const QTemporaryDir home;
    qputenv("HOME", home.path().toLocal8Bit());
    for (const char* name : {"XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"})
        qputenv(name, home.path().toLocal8Bit());
    QFile::setPermissions(home.path(), QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    vitrine::WindowApplication application(argc, argv);
    qInstallMessageHandler(vitrine::hear);
    QLoggingCategory::setFilterRules(QStringLiteral("qt.gui.imageio*=false\nqt.gui.icc=false"));
    QApplication::setApplicationName(QStringLiteral("Vitrine"));
    QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
    return vitrine::run();
}
