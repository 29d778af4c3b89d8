// SPDX-License-Identifier: GPL-3.0-or-later
// bench_hover [PART OF A NAME]: how long a hover takes until everything is painted again, and how long the GUI thread is
// ever away.
#include <QApplication>
#include <QMouseEvent>
#include <QSlider>
#include <QSplitter>
#include <QTemporaryDir>
#include <QTimer>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <string_view>
#include <vector>

#include "tests/ui/fake_engine.h"
#include "ui/panels/canvas_panel.h"
#include "ui/panels/main_window.h"
#include "ui/views/matrix/attention_matrix_view.h"
#include "ui/views/canvas/canvas_view.h"
#include "ui/views/heads/head_sheet_view.h"

namespace vitrine {
namespace {

double wallMilliseconds()
{
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration<double, std::milli>(now).count();
}

// Time that this thread computed: what a busy machine does not change.
double threadMilliseconds()
{
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
}

double percentile(std::vector<double> values, double part)
{
    std::ranges::sort(values);
    return values[static_cast<std::size_t>(part * static_cast<double>(values.size() - 1))];
}

void report(const char* name, const std::vector<double>& wall, const std::vector<double>& thread)
{
    std::printf("%-34s wall median %6.2f p95 %6.2f max %6.2f   thread median %6.2f p95 %6.2f ms\n", name, percentile(wall, 0.5),
                percentile(wall, 0.95), percentile(wall, 1), percentile(thread, 0.5), percentile(thread, 0.95));
    std::fflush(stdout);
}

// The size of ViT-B/16 with a grid of `side` x `side`; matrices of thousands of tokens are not kept.
FakeSize baseSize(int side)
{
    return {.layers = 12,
            .heads = 12,
            .gridHeight = side,
            .gridWidth = side,
            .patch = 16,
            .width = 768,
            .classes = 1000,
            .queriesAndKeys = side > 32};
}

void moveMouse(QWidget& widget, const QPointF& position)
{
    QMouseEvent move(QEvent::MouseMove, position, widget.mapToGlobal(position), Qt::NoButton, Qt::NoButton, Qt::NoModifier);
    QApplication::sendEvent(&widget, &move);
}

enum Views { OnlyCanvas, WithHeads, WithMatrix, All };

void hoverOver(const char* name, CanvasView& canvas, int patches, int hovers)
{
    std::vector<double> wall, thread;
    constexpr int warmUp = 20;
    for (int i = 0; i < warmUp + hovers; ++i) {
        // Steps that are no neighbours, so that nothing can be remembered.
        const int patch = (i * 37) % patches;
        const double wallBefore = wallMilliseconds(), threadBefore = threadMilliseconds();
        moveMouse(canvas, canvas.patchRect(patch).center());
        QApplication::processEvents();
        if (i < warmUp)
            continue;
        wall.push_back(wallMilliseconds() - wallBefore);
        thread.push_back(threadMilliseconds() - threadBefore);
    }
    report(name, wall, thread);
}

void benchHover(const char* name, int side, Views views = All)
{
    Exploration exploration;
    QSplitter window;
    auto* canvas = new CanvasView(exploration);
    window.addWidget(canvas);
    // The canvas is as large in every line, so that the lines can be subtracted.
    window.addWidget(views == WithHeads || views == All ? static_cast<QWidget*>(new HeadSheetView(exploration)) : new QWidget);
    window.addWidget(views == WithMatrix || views == All ? static_cast<QWidget*>(new AttentionMatrixView(exploration))
                                                         : new QWidget);
    window.resize(1920, 1000);
    window.setSizes({640, 640, 640});
    const auto trace = fakeTrace(baseSize(side));
    canvas->setPicture(trace->picture.view, QStringLiteral("fake"));
    exploration.setTrace(trace);
    exploration.setLayer(6);
    window.show();
    QApplication::processEvents();

    hoverOver(name, *canvas, trace->model->patches(), side > 32 ? 100 : 400);
}

/// The longest time between two turns of the event loop.
class Watchdog : public QObject {
public:
    Watchdog()
    {
        m_timer.setInterval(1);
        m_timer.setTimerType(Qt::PreciseTimer);
        connect(&m_timer, &QTimer::timeout, this, &Watchdog::look);
    }
    void start()
    {
        m_longestWall = m_longestThread = 0;
        m_wall = wallMilliseconds();
        m_thread = threadMilliseconds();
        m_timer.start();
    }
    void look()
    {
        const double wall = wallMilliseconds(), thread = threadMilliseconds();
        m_longestWall = std::max(m_longestWall, wall - m_wall);
        m_longestThread = std::max(m_longestThread, thread - m_thread);
        m_wall = wall;
        m_thread = thread;
    }
    void stop(const char* name)
    {
        look();
        m_timer.stop();
        std::printf("%-34s longest freeze: wall %6.1f ms, computing %6.1f ms\n", name, m_longestWall, m_longestThread);
    }

private:
    QTimer m_timer;
    double m_wall = 0, m_thread = 0, m_longestWall = 0, m_longestThread = 0;
};

void turnUntil(const std::function<bool()>& done)
{
    const double start = wallMilliseconds();
    while (!done() && wallMilliseconds() - start < 60000)
        QApplication::processEvents(QEventLoop::WaitForMoreEvents);
}

QStringList makePictures(const QTemporaryDir& folder, int count)
{
    QStringList paths;
    for (int i = 0; i < count; ++i) {
        QImage picture(1600, 1200, QImage::Format_RGB32);
        picture.fill(QColor::fromHsv(i * 30, 160, 200));
        paths << folder.filePath(QStringLiteral("picture-%1.jpg").arg(i));
        picture.save(paths.back());
    }
    return paths;
}

void benchWindow(int side)
{
    const QTemporaryDir folder;
    auto control = std::make_shared<FakeControl>();
    control->size = baseSize(side);
    control->block = std::chrono::milliseconds(5);
    WindowSetup setup;
    setup.engines = fakeEngines(control);
    setup.models = {{QStringLiteral("vit"), QStringLiteral("ViT")}};
    setup.persistent = false;
    auto window = std::make_unique<MainWindow>(std::move(setup));
    window->resize(1920, 1080);
    window->show();
    window->loadModel({QStringLiteral("vit"), {}, {}});
    turnUntil([&] { return window->isIdle(); });

    const QStringList pictures = makePictures(folder, 11);
    Watchdog watchdog;
    watchdog.start();
    for (const QString& path : pictures.first(10)) {
        watchdog.look();
        window->openFiles({path});
        QApplication::processEvents();
    }
    turnUntil([&] { return window->isIdle() && window->exploration().trace(); });
    watchdog.stop("ten pictures in a row");

    watchdog.start();
    for (QSlider* slider : window->findChildren<QSlider*>()) {
        if (!slider->isVisible())
            continue;
        for (int step = 0; step <= 100; ++step) {
            slider->setValue(slider->minimum() + (slider->maximum() - slider->minimum()) * step / 100);
            QApplication::processEvents();
            watchdog.look();
        }
    }
    watchdog.stop("every slider from end to end");

    control->block = std::chrono::milliseconds(100);
    window->openFiles(pictures.mid(10));
    QApplication::processEvents();
    watchdog.start();
    window->close();
    window.reset();
    watchdog.stop("closing while running");
}

/// The whole window, with any map of tokens.
void benchWindowHover(const char* name, int side, TokenMap map)
{
    const QTemporaryDir folder;
    auto control = std::make_shared<FakeControl>();
    control->size = baseSize(side);
    WindowSetup setup;
    setup.engines = fakeEngines(control);
    setup.models = {{QStringLiteral("vit"), QStringLiteral("ViT")}};
    setup.persistent = false;
    MainWindow window(std::move(setup));
    window.resize(1440, 900);
    window.show();
    window.loadModel({QStringLiteral("vit"), {}, {}});
    window.openFiles(makePictures(folder, 1));
    turnUntil([&] { return window.isIdle() && window.exploration().trace(); });
    Exploration& exploration = window.exploration();
    exploration.pin(std::nullopt);
    exploration.setTokenMap(map);
    exploration.setLayer(6);
    turnUntil([&] { return window.isIdle(); });
    CanvasView& canvas = window.canvasPanel().canvas();
    hoverOver(name, canvas, exploration.trace()->model->patches(), side > 32 ? 60 : 200);
}

struct Line {
    const char* name;
    int side;  ///< of the grid of patches
    Views views;
};
constexpr std::array lines{Line{"views, ViT-B/16 at 224 (197 tokens)", 14, All},
                           Line{"canvas, 197 tokens", 14, OnlyCanvas},
                           Line{"canvas and head sheet, 197 tokens", 14, WithHeads},
                           Line{"canvas and matrix, 197 tokens", 14, WithMatrix},
                           Line{"views, ViT-B/16 at 512 (1,025)", 32, All},
                           Line{"canvas, 4,097 tokens", 64, OnlyCanvas},
                           Line{"canvas and head sheet, 4,097 tokens", 64, WithHeads},
                           Line{"canvas and matrix, 4,097 tokens", 64, WithMatrix}};

struct WindowLine {
    const char* name;
    int side;
    TokenMap map;
};
constexpr std::array windowLines{WindowLine{"window at 512, attention", 32, TokenMap::Attention},
                                 WindowLine{"window at 512, similarity", 32, TokenMap::Similarity},
                                 WindowLine{"window at 512, components", 32, TokenMap::Components},
                                 WindowLine{"window at 1024, attention", 64, TokenMap::Attention},
                                 WindowLine{"window at 1024, similarity", 64, TokenMap::Similarity}};

int run(std::string_view part)
{
    const auto isAsked = [part](std::string_view name) { return name.find(part) != std::string_view::npos; };
    for (const Line& line : lines)
        if (isAsked(line.name))
            benchHover(line.name, line.side, line.views);
    for (const WindowLine& line : windowLines)
        if (isAsked(line.name))
            benchWindowHover(line.name, line.side, line.map);
    if (isAsked("window at 224"))
        benchWindow(14);
    return 0;
}

}  // namespace
}  // namespace vitrine

int main(int argc, char** argv)
{
    if (!qEnvironmentVariableIsSet("QT_QPA_PLATFORM"))
        qputenv("QT_QPA_PLATFORM", "offscreen");
    const QApplication application(argc, argv);
    return vitrine::run(argc > 1 ? argv[1] : "");
}
