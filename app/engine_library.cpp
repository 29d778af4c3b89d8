// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/engine_library.h"

#include <filesystem>
#include <future>

#include <dlfcn.h>

#include "core/base/error.h"

namespace vitrine {

namespace {

const EngineLibrary& open()
{
    const auto beside = std::filesystem::read_symlink("/proc/self/exe").replace_filename(VITRINE_ENGINES);
    void* const library = dlopen(beside.c_str(), RTLD_LAZY | RTLD_LOCAL);
    const void* const exported = library == nullptr ? nullptr : dlsym(library, "vitrineEngines");
    if (exported == nullptr)
        throw Error("The part of Vitrine that runs networks could not be opened: " + std::string(dlerror())
                    + "; build or install Vitrine again.");
    return *static_cast<const EngineLibrary*>(exported);
}

}  // namespace

const EngineLibrary& engineLibrary()
{
    static const EngineLibrary& library = open();
    return library;
}

std::unique_ptr<Engine> makeEngine(const std::function<Model()>& load, const EngineOptions& options)
{
    auto library = std::async(std::launch::async, [] { return &engineLibrary(); });
    Model model = load();
    return library.get()->makeEngine(std::move(model), options);
}

}  // namespace vitrine
