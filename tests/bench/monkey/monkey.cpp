// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/monkey/monkey.h"

#include <QApplication>
#include <QDialog>
#include <QDropEvent>
#include <QFileDialog>
#include <QMenu>
#include <QMenuBar>
#include <QMimeData>
#include <QTest>
#include <QThread>
#include <QUrl>
#include <QWheelEvent>

#include <algorithm>
#include <cstdio>
#include <numeric>
#include <utility>

#include <malloc.h>

#include "ui/panels/message_bar.h"
#include "ui/panels/window_application.h"

namespace vitrine {

using namespace std::chrono;
using namespace std::chrono_literals;

namespace {

milliseconds since(steady_clock::time_point begin)
{
    return duration_cast<milliseconds>(steady_clock::now() - begin);
}

/// Leaves the program, or waits for a person.
bool isLeftAlone(const QAction& action)
{
    const QString text = action.text();
    return !action.isEnabled() || action.isSeparator() || action.menu() || text.contains(QStringLiteral("Quit"))
           || text.contains(QStringLiteral("What is this"));
}

}  // namespace

Monkey::Monkey(MonkeyOptions options)
    : m_options(std::move(options))
    , m_random(m_options.seed)
    , m_begin(steady_clock::now())
{
    m_deeds = {
        {300, "move",
         [this] {
             QWidget* widget = anyWidget();
             QTest::mouseMove(widget, anyPoint(*widget));
         }},
        {120, "click", [this] { click(); }},
        {30, "drag", [this] { drag(); }},
        {60, "wheel", [this] { wheel(); }},
        {160, "key", [this] { key(); }},
        {40, "action", [this] { trigger(); }},
        {8, "drop", [this] { drop(); }},
        {4, "model",
         [this] {
             m_window->loadModel({m_options.models[chance(static_cast<int>(m_options.models.size()))], {}, {}});
         }},
        {10, "resize", [this] { m_window->resize(640 + chance(1300), 420 + chance(700)); }},
        {1, "close", [this] { reopen(); }},
    };
    if (auto* const application = qobject_cast<WindowApplication*>(QCoreApplication::instance()))
        connect(application, &WindowApplication::failed, this, [this](const QString& message) {
            ++m_mishaps;
            std::printf("mishap: %s\n", qPrintable(message));
        });
    open();
    m_next.setSingleShot(true);
    m_next.setInterval(m_options.pause);
    connect(&m_next, &QTimer::timeout, this, &Monkey::act);
    m_next.start();
    m_minute.setInterval(60s);
    connect(&m_minute, &QTimer::timeout, this, &Monkey::report);
    m_minute.start();
    connect(&m_second, &QTimer::timeout, this, [this] { sample(m_everySecond); });
    m_second.start(1s);
}

void Monkey::open()
{
    m_window = realWindow();
    m_window->show();
    m_window->loadModel({m_options.models.first(), {}, {}});
    m_window->openFiles({m_options.files.first()});
}

QWidget* Monkey::front() const
{
    if (QWidget* popup = QApplication::activePopupWidget())
        return popup;
    if (QWidget* dialog = QApplication::activeModalWidget())
        return dialog;
    return m_window.get();
}

QWidget* Monkey::anyWidget()
{
    QWidget* const window = front();
    QWidget* const child = window->childAt(anyPoint(*window));
    return child ? child : window;
}

QPoint Monkey::anyPoint(const QWidget& widget)
{
    return {chance(std::max(1, widget.width())), chance(std::max(1, widget.height()))};
}

Qt::KeyboardModifiers Monkey::anyModifiers()
{
    Qt::KeyboardModifiers modifiers;
    for (const Qt::KeyboardModifier modifier : {Qt::ShiftModifier, Qt::ControlModifier, Qt::AltModifier})
        if (chance(8) == 0)
            modifiers |= modifier;
    return modifiers;
}

void Monkey::click()
{
    const QPointer<QWidget> widget = anyWidget();
    const QPoint at = anyPoint(*widget);
    const auto button = chance(12) == 0 ? Qt::RightButton : chance(20) == 0 ? Qt::MiddleButton : Qt::LeftButton;
    // Ctrl and a drag would take a figure out of the window, which waits for another program.
    const Qt::KeyboardModifiers modifiers = chance(6) == 0 ? Qt::KeyboardModifiers(Qt::ShiftModifier) : Qt::NoModifier;
    QTest::mouseMove(widget, at);
    if (widget && button == Qt::RightButton)
        QApplication::postEvent(widget, new QContextMenuEvent(QContextMenuEvent::Mouse, at, widget->mapToGlobal(at)));
    else if (widget && chance(10) == 0)
        QTest::mouseDClick(widget, button, modifiers, at);
    else if (widget)
        QTest::mouseClick(widget, button, modifiers, at);
}

void Monkey::drag()
{
    const QPointer<QWidget> widget = anyWidget();
    QTest::mousePress(widget, Qt::LeftButton, {}, anyPoint(*widget));
    for (int step = 0; step < 3 && widget; ++step) {
        const QPoint at = anyPoint(*widget);
        QMouseEvent move(QEvent::MouseMove, at, widget->mapToGlobal(at), Qt::NoButton, Qt::LeftButton, {});
        QApplication::sendEvent(widget, &move);
    }
    if (widget)
        QTest::mouseRelease(widget, Qt::LeftButton, {}, anyPoint(*widget));
}

void Monkey::wheel()
{
    QWidget* const widget = anyWidget();
    const QPoint at = anyPoint(*widget);
    QWheelEvent event(at, widget->mapToGlobal(at), {}, {0, chance(2) ? 120 : -120}, Qt::NoButton, anyModifiers(),
                      Qt::NoScrollPhase, false);
    QApplication::sendEvent(widget, &event);
}

void Monkey::key()
{
    static constexpr Qt::Key special[] = {Qt::Key_Left,   Qt::Key_Right,    Qt::Key_Up,     Qt::Key_Down,
                                          Qt::Key_PageUp, Qt::Key_PageDown, Qt::Key_Return, Qt::Key_Tab,
                                          Qt::Key_Escape, Qt::Key_Escape,   Qt::Key_Space,  Qt::Key_Home,
                                          Qt::Key_End,    Qt::Key_Delete,   Qt::Key_Period, Qt::Key_Comma};
    const int count = static_cast<int>(std::size(special));
    const int which = chance(count + 26);
    const auto key = which < count ? special[which] : static_cast<Qt::Key>(Qt::Key_A + which - count);
    Qt::KeyboardModifiers modifiers = anyModifiers();
    if (key == Qt::Key_Q || key == Qt::Key_Escape)
        modifiers = {};
    QWidget* const focus = QApplication::focusWidget();
    QTest::keyClick(focus ? focus : front(), key, modifiers);
}

void Monkey::trigger()
{
    if (front() != m_window.get())
        return;
    QList<QAction*> actions;
    for (QAction* action : m_window->findChildren<QAction*>())
        if (!isLeftAlone(*action))
            actions.append(action);
    QAction* const action = actions[chance(static_cast<int>(actions.size()))];
    m_gaps.note("action " + action->text().toStdString());
    if (m_options.tell)
        std::printf("  %s\n", qPrintable(action->text()));
    action->trigger();
}

void Monkey::drop()
{
    if (front() != m_window.get())
        return;
    QMimeData data;
    QList<QUrl> urls;
    for (int count = 1 + chance(3); count > 0; --count)
        urls.append(QUrl::fromLocalFile(m_options.files[chance(static_cast<int>(m_options.files.size()))]));
    data.setUrls(urls);
    QDragEnterEvent enter({100, 100}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(m_window.get(), &enter);
    if (chance(4) == 0) {
        QDragLeaveEvent leave;
        QApplication::sendEvent(m_window.get(), &leave);
        return;
    }
    QDropEvent event({100, 100}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(m_window.get(), &event);
}

void Monkey::reopen()
{
    // Not from within a dialog's own loop, which would end in a window that is gone.
    if (front() != m_window.get() || QThread::currentThread()->loopLevel() > 1)
        return;
    const auto begin = steady_clock::now();
    m_window->close();
    const bool ended = m_window->end(QDeadlineTimer(250ms));
    m_longestClose = std::max(m_longestClose, since(begin));
    if (!ended)
        std::printf("still working %lld ms after the window was closed: the program would leave it\n",
                    static_cast<long long>(since(begin).count()));
    m_window.reset();
    malloc_trim(0);
    sample(m_betweenWindows);
    if (m_options.tell)
        std::printf("closed: %.1f MB anonymous, %.1f in use, %d threads\n", m_betweenWindows.back().second.anonymous,
                    m_betweenWindows.back().second.inUse, m_betweenWindows.back().second.threads);
    m_gaps.reset();
    open();
}

void Monkey::act()
{
    // Before the deed: it may open a dialog with a loop of its own, and a timer does not fire within what it called.
    m_next.start();
    if (since(m_begin) > seconds(m_options.seconds)) {
        m_next.stop();
        while (QWidget* dialog = QApplication::activeModalWidget() ? QApplication::activeModalWidget()
                                                                   : QApplication::activePopupWidget()) {
            dialog->close();
            if (QThread::currentThread()->loopLevel() > 1) {
                QTimer::singleShot(m_options.pause, this, &Monkey::act);
                return;
            }
        }
        report();
        Q_EMIT finished();
        return;
    }
    // A dialog is left after a while, so that it does not take the whole time.
    QWidget* const over = front() == m_window.get() ? nullptr : front();
    if (over != m_dialog) {
        m_dialog = over;
        // Else it makes folders and deletes files.
        if (auto* const files = qobject_cast<QFileDialog*>(over))
            files->setOption(QFileDialog::ReadOnly);
        m_dialogSince = steady_clock::now();
    } else if (over && since(m_dialogSince) > 2s) {
        over->close();
        return;
    }
    int total = 0;
    for (const Deed& deed : m_deeds)
        total += deed.weight;
    int at = chance(total);
    for (const Deed& deed : m_deeds) {
        at -= deed.weight;
        if (at >= 0)
            continue;
        m_gaps.note(deed.name);
        if (m_options.tell) {
            std::printf("%ld %s\n", m_actions, deed.name.c_str());
            std::fflush(stdout);
        }
        ++m_actions;
        deed.run();
        check();
        return;
    }
}

void Monkey::check()
{
    InferenceController& controller = m_window->controller();
    const auto& trace = m_window->exploration().trace();
    if (controller.busy() || !trace)
        return;
    const bool named = controller.model() && trace->model == controller.model()->spec;
    if (named && controller.hasResult())
        return;
    ++m_stale;
    std::printf("stale: the maps are of %s\n", trace->model->name.c_str());
}

void Monkey::sample(Samples& memory) const
{
    memory.emplace_back(since(m_begin), usage());
}

void Monkey::tellMemory() const
{
    using Number = std::pair<const char*, double Usage::*>;
    for (const auto& [when, memory] : {std::pair("every second", &m_everySecond), {"between windows", &m_betweenWindows}})
        for (const auto& [what, number] :
             {Number("resident", &Usage::megabytes), {"anonymous", &Usage::anonymous}, {"in use", &Usage::inUse}}) {
            std::printf("MB in each quarter, mean and lowest, %-16s%-10s", when, what);
            for (int quarter = 0; quarter < 4; ++quarter) {
                std::vector<double> all;
                for (const auto& [at, used] : *memory)
                    if (at * 4 / (m_options.seconds * 1s) == quarter)
                        all.push_back(used.*number);
                if (!all.empty())
                    std::printf(" %6.1f %6.1f (%zu)", std::accumulate(all.begin(), all.end(), 0.0) / double(all.size()),
                                std::ranges::min(all), all.size());
            }
            std::printf("\n");
        }
}

void Monkey::report()
{
    const Usage used = usage();
    std::printf("%4lld s: %ld actions, %.0f MB (peak %.0f), %.0f in use, %.0f of them kept results, %d threads, %d files, "
                "longest gap %lld ms\n",
                static_cast<long long>(since(m_begin).count() / 1000), m_actions, used.megabytes, used.peakMegabytes,
                used.inUse, static_cast<double>(m_window->controller().cache().bytes()) / 1e6, used.threads, used.files,
                static_cast<long long>(m_gaps.longest().count()));
    std::fflush(stdout);
    m_gaps.reset();
}

}  // namespace vitrine
