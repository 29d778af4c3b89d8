// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/nn/devices.h"

#include <algorithm>
#include <fstream>
#include <set>

#include <sched.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include <c10/util/Exception.h>

#include "core/base/error.h"
#include "core/nn/cuda_backend.h"

namespace vitrine::nn {

namespace {

// AMX: oneDNN uses the tile units, the kernels don't.
bool hasTiles()
{
#if defined(__x86_64__)
    unsigned a = 0, b = 0, c = 0, d = 0;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (d & (1U << 22)) != 0;  // AMX-BF16
#else
    return false;
#endif
}

}  // namespace

int physicalCores()
{
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0)
        return 1;
    std::set<std::string> cores;
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
        if (!CPU_ISSET(cpu, &allowed))
            continue;
        std::ifstream file("/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/thread_siblings_list");
        std::string siblings;
        if (!std::getline(file, siblings))
            siblings = std::to_string(cpu);
        cores.insert(siblings);
    }
    return std::max(1, static_cast<int>(cores.size()));
}

ChosenDevice chooseDevice(const std::string& wanted, const Gpus& gpus)
{
    if (wanted == "cpu")
        return {};
    const auto count = gpus.names.size();
    if (wanted == "auto")
        return {count > 0 ? at::Device(at::kCUDA, 0) : at::Device(at::kCPU), gpus.problem};
    for (std::size_t i = 0; i < count; ++i) {
        if (wanted == "cuda:" + std::to_string(i) || (wanted == "cuda" && i == 0))
            return {at::Device(at::kCUDA, static_cast<at::DeviceIndex>(i)), {}};
    }
    if (wanted.rfind("cuda", 0) == 0 && !gpus.problem.empty())
        throw Error("The device \"" + wanted + "\" cannot be used: " + gpus.problem
                    + "; bring the driver up to date, or choose \"cpu\" or \"auto\".");
    if (wanted.rfind("cuda", 0) == 0)
        throw Error("The device \"" + wanted + "\" is not there: "
                    + (count == 0 ? std::string("no NVIDIA driver, GPU or CUDA-enabled LibTorch was found")
                                  : "the GPUs are cuda:0 to cuda:" + std::to_string(count - 1))
                    + "; choose \"cpu\" or \"auto\".");
    throw Error("\"" + wanted + "\" is no device; choose \"auto\", \"cpu\", \"cuda\" or \"cuda:N\".");
}

ChosenDevice makeOnDevice(const std::string& wanted, const Gpus& gpus, const std::function<void(const at::Device&)>& make)
{
    ChosenDevice chosen = chooseDevice(wanted, gpus);
    if (wanted != "auto" || chosen.device.is_cpu()) {
        make(chosen.device);
        return chosen;
    }
    const std::string gpu = gpus.names[static_cast<std::size_t>(chosen.device.index())];
    try {
        make(chosen.device);
        return chosen;
    } catch (const c10::OutOfMemoryError&) {
        chosen.problem = gpu + ": its memory is full";
    } catch (const c10::Error& error) {
        const std::string text = error.what_without_backtrace();
        chosen.problem = gpu + ": " + text.substr(0, text.find('\n'));
    }
    chosen.device = at::kCPU;
    make(chosen.device);
    return chosen;
}

Placement choosePlacement(Precision precision, const at::Device& device)
{
    if (precision == Precision::Float32)
        return {device, at::kFloat};
    if (precision == Precision::BFloat16 && device.is_cpu() && kernels::best().bfloat16 && !hasTiles()
        && !kernels::leftToTorch())
        return {device, at::kFloat, kernels::Product::BFloat16};
    if (precision == Precision::BFloat16)
        return {device, at::kBFloat16};
    if (device.is_cpu() && !__builtin_cpu_supports("avx512fp16"))
        throw Error("This processor does not compute in float16; choose float32 or bfloat16.");
    return {device, at::kHalf};
}

}  // namespace vitrine::nn
