// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "tests/ui/fake_trace.h"
#include "ui/session/inference_worker.h"

namespace vitrine {

/// Where the worker waits while it is closed: a test decides what happens meanwhile.
class Gate {
public:
    void close()
    {
        const std::scoped_lock lock(m_mutex);
        m_open = false;
    }
    void open()
    {
        const std::scoped_lock lock(m_mutex);
        m_open = true;
        m_changed.notify_all();
    }
    void pass()
    {
        std::unique_lock lock(m_mutex);
        m_waiting = true;
        m_changed.notify_all();
        m_changed.wait(lock, [this] { return m_open; });
        m_waiting = false;
    }
    bool hasSomebody()
    {
        const std::scoped_lock lock(m_mutex);
        return m_waiting;
    }
    /// Returns once somebody stands before it.
    void awaitSomebody()
    {
        std::unique_lock lock(m_mutex);
        m_changed.wait(lock, [this] { return m_waiting; });
    }

private:
    std::mutex m_mutex;
    std::condition_variable m_changed;
    bool m_open = true, m_waiting = false;
};

/// What a FakeEngine does, and what was done with it; shared between the test and the worker's thread.
struct FakeControl {
    FakeSize size;
    std::map<std::string, FakeSize> sizes;                                       ///< of models by name; the others have `size`
    std::atomic<std::chrono::milliseconds> block{std::chrono::milliseconds(0)};  ///< how long one block takes
    std::string loadError, runError, attentionError, gradientError;              ///< thrown as Error when not empty
    std::string brokenModel;                                                     ///< the name of a model that cannot be loaded
    std::string labelError;                                                      ///< thrown as Error when class names are given
    Gate loadGate, runGate, attentionGate, gradientGate, rerunGate;  ///< passed at the end of the work, whatever was stopped
    std::vector<Assumption> assumed;                                 ///< about every model that is made
    int mostPatches = 0;                                             ///< Preprocessing's, of every model that is made
    bool leaveAttentionOut = false;                                  ///< as past the budget: only Engine::attention() has it
    std::atomic<int> loads{0}, runs{0}, blocks{0}, finished{0}, attentions{0}, gradients{0}, reruns{0}, alive{0};
    std::atomic<std::size_t> destroyedOn{0};  ///< hash of the thread that destroyed the last engine
    std::atomic<std::size_t> madeOn{0};
};

/// Makes engines of a network that was never trained. The size's family is TNT when the model's name is "tnt".
EngineFactory fakeEngines(std::shared_ptr<FakeControl> control);

}  // namespace vitrine
