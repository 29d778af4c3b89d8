// SPDX-License-Identifier: GPL-3.0-or-later
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <c10/util/Exception.h>

#include "core/nn/devices.h"
#include "core/nn/precision_check.h"
#include "tests/core/nn/comparison.h"
#include "tests/core/nn/random_model.h"

namespace vitrine::nn {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const Gpus one{{"NVIDIA A"}, {}};

/// What is made where; what a GPU says to it.
struct Maker {
    std::vector<std::string> tried{};
    std::function<void()> onGpu{};

    ChosenDevice make(const std::string& wanted, const Gpus& gpus)
    {
        return makeOnDevice(wanted, gpus, [&](const at::Device& device) {
            tried.push_back(device.str());
            if (device.is_cuda() && onGpu)
                onGpu();
        });
    }
};

void sayFull()
{
    TORCH_CHECK_WITH(OutOfMemoryError, false, "CUDA out of memory. Tried to allocate 2.00 GiB");
}

TEST(Devices, AutoTakesAGpuThatWorks)
{
    Maker maker;
    const ChosenDevice chosen = maker.make("auto", one);
    EXPECT_TRUE(chosen.device.is_cuda());
    EXPECT_EQ(chosen.problem, "");
    EXPECT_THAT(maker.tried, ElementsAre("cuda:0"));
}

TEST(Devices, AutoFallsBackToTheCpuAndSaysWhy)
{
    Maker full{{}, sayFull};
    EXPECT_EQ(full.make("auto", one).problem, "NVIDIA A: its memory is full");
    EXPECT_THAT(full.tried, ElementsAre("cuda:0", "cpu"));
    Maker broken{{}, [] { TORCH_CHECK(false, "CUDA error: no kernel image is available\nmore for Python"); }};
    EXPECT_EQ(broken.make("auto", one).problem, "NVIDIA A: CUDA error: no kernel image is available");
    Maker old;
    const ChosenDevice chosen = old.make("auto", {{}, "NVIDIA B: its driver is too old for this LibTorch"});
    EXPECT_TRUE(chosen.device.is_cpu());
    EXPECT_EQ(chosen.problem, "NVIDIA B: its driver is too old for this LibTorch");
    EXPECT_EQ(Maker().make("auto", {}).problem, "");
}

TEST(Devices, WhatIsAskedForByNameIsTakenOrRefused)
{
    Maker full{{}, sayFull};
    EXPECT_THROW(full.make("cuda", one), c10::OutOfMemoryError);
    EXPECT_THAT(full.tried, ElementsAre("cuda:0"));
    const auto error = [](const std::string& wanted, const Gpus& gpus) {
        return test::errorOf([&] { chooseDevice(wanted, gpus); });
    };
    EXPECT_THAT(error("cuda:1", one), HasSubstr("the GPUs are cuda:0 to cuda:0"));
    EXPECT_THAT(error("cuda", {{}, "NVIDIA B: its driver is too old for this LibTorch"}),
                HasSubstr("cannot be used: NVIDIA B: its driver is too old for this LibTorch; bring the driver up to date"));
    EXPECT_TRUE(chooseDevice("cpu", one).device.is_cpu());
}

TEST(Devices, ErrorsThatAreNotTheGpusAreToldAsTheyAre)
{
    Maker wrong{{}, [] { throw Error("no weights"); }};
    EXPECT_EQ(test::errorOf([&] { wrong.make("auto", one); }), "no weights");
    EXPECT_THAT(wrong.tried, ElementsAre("cuda:0"));
}

TEST(PrecisionCheck, MeasuresTheFirstBlockAndLeavesTheModelWhole)
{
    for (Model model : {test::ModelBuilder::vit(), test::ModelBuilder::tnt()}) {
        const std::size_t tensors = model.tensors.size();
        const double times = timeBesideFloat32(model, choosePlacement(Precision::BFloat16, at::kCPU));
        EXPECT_GT(times, 0.01);
        EXPECT_LT(times, 100);
        EXPECT_EQ(model.tensors.size(), tensors);
    }
}

TEST(PrecisionCheck, SaysWhatIsSlowerAlone)
{
    EXPECT_EQ(slownessOf("bfloat16", 0.6), "");
    EXPECT_EQ(slownessOf("bfloat16", 1.05), "");
    EXPECT_EQ(slownessOf("bfloat16", 1.68), "bfloat16 takes 1.7 times as long as float32");
}

}  // namespace
}  // namespace vitrine::nn
