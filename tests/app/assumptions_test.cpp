// SPDX-License-Identifier: GPL-3.0-or-later
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "tests/app/program.h"

namespace vitrine::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// A network of tests/golden without the configuration beside it, so that its preprocessing is assumed.
std::string bareModel(const Folder& folder, const std::string& name = "bare.safetensors")
{
    std::filesystem::copy_file(golden("timm-vit/model.safetensors"), folder.path(name));
    return folder.path(name);
}

std::string brokenModel(const Folder& folder)
{
    const std::string path = folder.path("broken.safetensors");
    changeTensors(golden("timm-vit/model.safetensors"), path,
                  {{"norm.bias", NdArray({16}, std::vector<float>(16, std::numeric_limits<float>::quiet_NaN()))}});
    return path;
}

Outcome with(const std::string& model, std::vector<std::string> arguments)
{
    arguments.insert(arguments.end(), {"--model", model, "--heads", "2"});
    return vitrine(arguments);
}

struct Command {
    std::string name;
    std::vector<std::string> arguments;  ///< OUT stands for a file
};

class EverySubcommand : public testing::TestWithParam<Command> {};

TEST_P(EverySubcommand, SaysOnStderrWhatIsDoubtful)
{
    const Folder folder;
    std::vector<std::string> arguments{GetParam().name};
    for (const std::string& argument : GetParam().arguments)
        arguments.push_back(argument.starts_with("OUT") ? folder.path("out" + argument.substr(3)) : argument);
    std::filesystem::create_directories(folder.path("3"));
    std::filesystem::copy_file(sample(), folder.path("3/a.png"));
    if (GetParam().name == "evaluate")
        arguments.push_back(folder.path());
    if (GetParam().name == "inspect")
        arguments.insert(arguments.end(), {bareModel(folder), "--heads", "2"});
    const Outcome outcome = GetParam().name == "inspect" ? vitrine(arguments) : with(bareModel(folder), arguments);
    EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("vitrine: bare: The preprocessing was assumed"));
    const std::size_t first = outcome.err.find("The preprocessing was assumed");
    EXPECT_EQ(outcome.err.find("The preprocessing was assumed", first + 1), std::string::npos) << outcome.err;
}

INSTANTIATE_TEST_SUITE_P(All, EverySubcommand,
                         testing::Values(Command{"classify", {sample(), sample()}},
                                         Command{"attention", {sample(), "-o", "OUT.png"}},
                                         Command{"positions", {"-o", "OUT.svg"}}, Command{"pca", {sample(), "-o", "OUT.pdf"}},
                                         Command{"cka", {sample(), sample(), "-o", "OUT.png"}},
                                         Command{"faithfulness", {sample(), "--steps", "2"}},
                                         Command{"trace", {sample(), "-o", "OUT.npz"}}, Command{"inspect", {}},
                                         Command{"evaluate", {}}, Command{"bench", {"--runs", "1"}}),
                         [](const auto& one) { return one.param.name; });

TEST(Assumptions, StandInEveryJson)
{
    const Folder folder;
    const std::string model = bareModel(folder);
    std::filesystem::create_directories(folder.path("val/3"));
    std::filesystem::copy_file(sample(), folder.path("val/3/a.png"));
    const std::vector<std::vector<std::string>> commands{{"classify", sample(), "--json"},
                                                         {"evaluate", folder.path("val"), "--json"},
                                                         {"bench", "--runs", "1", "--json"},
                                                         {"faithfulness", sample(), "--steps", "2", "--json"}};
    for (const std::vector<std::string>& command : commands) {
        nlohmann::json json = with(model, command).json();
        if (json.is_array())
            json = json.at(0);
        bool doubtful = false;
        for (const nlohmann::json& each : json.at("assumed"))
            doubtful = doubtful || (each.at("severity") == "doubtful" && each.at("text").is_string());
        EXPECT_TRUE(doubtful) << command.front() << ": " << json.at("assumed");
    }
}

TEST(Assumptions, StandInFiguresAndArrays)
{
    const Folder folder;
    const std::string model = bareModel(folder);
    EXPECT_EQ(with(model, {"attention", sample(), "-o", folder.path("a.svg")}).exitCode, 0);
    EXPECT_THAT(readText(folder.path("a.svg")), HasSubstr("The preprocessing was assumed"));
    for (const char* name : {"trace", "attention"}) {
        EXPECT_EQ(with(model, {name, sample(), "-o", folder.path("a.npz")}).exitCode, 0);
        const std::string bytes = readText(folder.path("a.npz"));
        EXPECT_THAT(bytes, HasSubstr("assumed.npy")) << name;
        EXPECT_THAT(bytes, HasSubstr(std::string("d\0\0\0o\0\0\0u\0\0\0b\0\0\0t\0\0\0f\0\0\0u\0\0\0l", 29))) << name;
    }
}

TEST(Assumptions, OfTheSecondModelToo)
{
    const Folder folder;
    std::filesystem::create_directories(folder.path("second"));
    bareModel(folder, "second/model.safetensors");
    writeText(folder.path("second/config.json"), R"({"architecture": "vit_tiny_patch16_224", "model_args": {"img_size": 16,
              "patch_size": 4, "embed_dim": 16, "num_heads": 2}})");
    const Outcome outcome = vitrine(
        {"cka", sample(), "--model", golden("timm-vit"), "--with", folder.path("second"), "-o", folder.path("a.svg")});
    EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("vitrine: second: "));
    EXPECT_THAT(readText(folder.path("a.svg")), HasSubstr("Doubtful: second model, second: "));
}

TEST(Assumptions, WeightsThatAreNoNumbersAreNotRanked)
{
    const Folder folder;
    const std::string model = brokenModel(folder);
    const Outcome text = with(model, {"classify", sample()});
    EXPECT_EQ(text.exitCode, 1);
    EXPECT_TRUE(text.out.empty()) << text.out;
    EXPECT_THAT(text.err, AllOf(HasSubstr("\"norm.bias\""), HasSubstr("does not rank classes")));
    const Outcome json = with(model, {"classify", sample(), "--json"});
    EXPECT_EQ(json.exitCode, 1);
    EXPECT_TRUE(json.json().at(0).at("predictions").empty());
    EXPECT_THAT(json.json().at(0).at("assumed").dump(), HasSubstr("unreliable"));
    std::filesystem::create_directories(folder.path("val/3"));
    std::filesystem::copy_file(sample(), folder.path("val/3/a.png"));
    EXPECT_EQ(with(model, {"evaluate", folder.path("val")}).exitCode, 1);
    const Outcome figure = with(model, {"attention", sample(), "-o", folder.path("a.png")});
    EXPECT_EQ(figure.exitCode, 0);
    EXPECT_THAT(figure.err, HasSubstr("mean nothing"));
}

TEST(Assumptions, WhatAPersonSaysIsChecked)
{
    const Folder folder;
    const std::string model = bareModel(folder);
    for (const std::vector<std::string>& wrong : std::vector<std::vector<std::string>>{{"--activation", "relu"},
                                                                                       {"--pool", "max"},
                                                                                       {"--inner-heads", "0"},
                                                                                       {"--trained-size", "2x"},
                                                                                       {"--trained-size", "0"}}) {
        std::vector<std::string> arguments{"inspect", model};
        arguments.insert(arguments.end(), wrong.begin(), wrong.end());
        expectError(vitrine(arguments), 2, wrong.front());
    }
    EXPECT_EQ(
        with(model, {"classify", sample(), "--activation", "quick-gelu", "--pool", "cls", "--trained-size", "16x16"}).exitCode,
        0);
}

}  // namespace
}  // namespace vitrine::test
