// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/nn/cuda_backend.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <utility>

#include <dlfcn.h>
#include <link.h>

#include <ATen/Context.h>

namespace vitrine::nn {

namespace {

// The few entries of the driver that names and counts need; the toolkit's headers are not there.
struct Driver {
    int (*init)(unsigned) = nullptr;
    int (*count)(int*) = nullptr;
    int (*get)(int*, int) = nullptr;
    int (*name)(char*, int, int) = nullptr;

    static std::optional<Driver> load()
    {
        void* library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_GLOBAL);
        if (library == nullptr)
            return std::nullopt;
        Driver driver;
        driver.init = reinterpret_cast<int (*)(unsigned)>(dlsym(library, "cuInit"));
        driver.count = reinterpret_cast<int (*)(int*)>(dlsym(library, "cuDeviceGetCount"));
        driver.get = reinterpret_cast<int (*)(int*, int)>(dlsym(library, "cuDeviceGet"));
        driver.name = reinterpret_cast<int (*)(char*, int, int)>(dlsym(library, "cuDeviceGetName"));
        if (!driver.init || !driver.count || !driver.get || !driver.name || driver.init(0) != 0)
            return std::nullopt;
        return driver;
    }
};

std::vector<std::string> deviceNames(const Driver& driver)
{
    int count = 0;
    if (driver.count(&count) != 0)
        return {};
    std::vector<std::string> names;
    for (int i = 0; i < count; ++i) {
        int device = 0;
        std::array<char, 256> name{};
        if (driver.get(&device, i) != 0 || driver.name(name.data(), static_cast<int>(name.size()) - 1, device) != 0)
            return names;
        names.emplace_back(name.data());
    }
    return names;
}

// By full path: a search by name could find another LibTorch.
bool loadBackend()
{
    void* cpu = dlopen("libtorch_cpu.so", RTLD_NOW | RTLD_NOLOAD);
    link_map* map = nullptr;
    if (cpu == nullptr || dlinfo(cpu, RTLD_DI_LINKMAP, &map) != 0)
        return false;
    const auto path = std::filesystem::path(map->l_name).parent_path() / "libtorch_cuda.so";
    return dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL) != nullptr;
}

Gpus findGpus()
{
    const auto driver = Driver::load();
    if (!driver)
        return {};
    auto names = deviceNames(*driver);
    if (names.empty() || !loadBackend())
        return {};
    // The driver has a GPU and LibTorch finds none: that is all that it says of a driver that is too old.
    if (!at::globalContext().hasCUDA())
        return {{}, names.front() + ": its driver is too old for this LibTorch"};
    // For every engine: products of float32 stay float32, so that maps are exact.
    at::globalContext().setAllowTF32CuDNN(false);
    at::globalContext().setAllowTF32CuBLAS(false);
    return {std::move(names), {}};
}

}  // namespace

const Gpus& gpus()
{
    static const Gpus found = findGpus();
    return found;
}

}  // namespace vitrine::nn
