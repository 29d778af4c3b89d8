// SPDX-License-Identifier: GPL-3.0-or-later
// The one symbol that the library of core/nn shows; app/engine_library.cpp opens it.
#include "app/engine_library.h"

extern "C" __attribute__((visibility("default"))) const vitrine::EngineLibrary vitrineEngines;
const vitrine::EngineLibrary vitrineEngines{&vitrine::makeTorchEngine, &vitrine::availableDevices};
