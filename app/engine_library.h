// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include "core/nn/torch_engine.h"

namespace vitrine {

/// core/nn as a library of its own, opened when the first network is needed: LibTorch takes 0.2 s to load, which neither
/// the window's first picture nor a command without a network should wait for.
struct EngineLibrary {
    decltype(&makeTorchEngine) makeEngine = nullptr;
    decltype(&availableDevices) devices = nullptr;
};

/// Opens the library at the first call; it stays open. Any thread; throws Error when it cannot be opened.
const EngineLibrary& engineLibrary();

/// An Engine of what `load` gives; the library opens on another thread meanwhile.
std::unique_ptr<Engine> makeEngine(const std::function<Model()>& load, const EngineOptions& options);

}  // namespace vitrine
