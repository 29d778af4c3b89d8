// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

#include "tests/ui/fake_trace.h"
#include "ui/session/inference_worker.h"

namespace vitrine {

/// What a FakeEngine does, and what was done with it; shared between the test and the worker's thread.
struct FakeControl {
    FakeSize size;
    std::atomic<std::chrono::milliseconds> block{std::chrono::milliseconds(0)};  ///< how long one block takes
    std::string loadError, runError;     ///< thrown as Error when not empty
    std::vector<Assumption> assumed;     ///< about every model that is made
    bool leaveAttentionOut = false;      ///< as past the budget: only Engine::attention() has it
    std::atomic<int> loads{0}, runs{0}, blocks{0}, finished{0}, alive{0};
    std::atomic<std::size_t> destroyedOn{0};  ///< hash of the thread that destroyed the last engine
    std::atomic<std::size_t> madeOn{0};
};

/// Makes engines of a network that was never trained. The size's family is TNT when the model's name is "tnt".
EngineFactory fakeEngines(std::shared_ptr<FakeControl> control);

} // namespace vitrine
