// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "tests/app/program.h"

namespace vitrine::test {
namespace {

using testing::HasSubstr;

class Subcommand : public testing::TestWithParam<const char*> {};

TEST_P(Subcommand, HelpHasAnExample)
{
    const std::string name = GetParam();
    const Outcome outcome = vitrine({name, "--help"});
    EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
    EXPECT_TRUE(outcome.err.empty()) << outcome.err;
    EXPECT_THAT(outcome.out, HasSubstr("Example"));
    EXPECT_THAT(outcome.out, HasSubstr("vitrine " + name + " "));
}

TEST_P(Subcommand, AnUnknownOptionIsAUsageError)
{
    // What is required is there, so that the option is all that is wrong.
    const std::map<std::string, std::vector<std::string>> required{{"classify", {"a.png"}},
                                                                   {"attention", {"a.png", "-o", "b.png"}},
                                                                   {"inner", {"a.png", "-o", "b.png", "--patch", "0,0"}},
                                                                   {"positions", {"-o", "b.png"}},
                                                                   {"pca", {"a.png", "-o", "b.png"}},
                                                                   {"cka", {"a.png", "-o", "b.png"}},
                                                                   {"explain", {"a.png", "--method", "all", "-o", "b.png"}},
                                                                   {"faithfulness", {"a.png"}},
                                                                   {"lens", {"a.png", "-o", "b.png"}},
                                                                   {"similarity", {"a.png", "-o", "b.png"}},
                                                                   {"statistics", {"a.png", "-o", "b.csv"}},
                                                                   {"what-if", {"a.png", "--erase", "0,0"}},
                                                                   {"features", {"a.png", "-o", "b.png"}},
                                                                   {"filters", {"-o", "b.png"}},
                                                                   {"figure", {"a.png", "-o", "b.png"}},
                                                                   {"trace", {"a.png", "-o", "b.npz"}},
                                                                   {"inspect", {"vit"}},
                                                                   {"evaluate", {"folder"}},
                                                                   {"bench", {}}};
    std::vector<std::string> arguments{GetParam()};
    arguments.insert(arguments.end(), required.at(GetParam()).begin(), required.at(GetParam()).end());
    arguments.push_back("--no-such-option");
    const Outcome outcome = vitrine(arguments);
    expectError(outcome, 2, "no-such-option");
    EXPECT_TRUE(outcome.out.empty()) << outcome.out;
}

INSTANTIATE_TEST_SUITE_P(All, Subcommand,
                         testing::Values("classify", "attention", "inner", "positions", "pca", "cka", "explain", "faithfulness",
                                         "lens", "similarity", "statistics", "what-if", "features", "filters", "figure",
                                         "trace", "inspect", "evaluate", "bench"),
                         [](const auto& one) {
                             std::string name = one.param;
                             std::ranges::replace(name, '-', '_');
                             return name;
                         });

TEST(Usage, WhatWouldChangeNothingIsRefused)
{
    const Folder folder;
    const auto fails = [&](std::vector<std::string> arguments, const char* part) {
        expectError(vitrine(arguments), 2, part);
        EXPECT_TRUE(folder.names().empty());
    };
    for (const char* suffix : {".csv", ".npy", ".npz"})
        for (const std::vector<std::string>& idle : {std::vector<std::string>{"--width", "84"}, {"--dpi=300"}}) {
            std::vector<std::string> arguments{"attention", sample(), "-o", folder.path(std::string("a") + suffix)};
            arguments.insert(arguments.end(), idle.begin(), idle.end());
            fails(arguments, "holds no figure but numbers");
        }
    fails({"statistics", sample(), "-o", folder.path("a.csv"), "--width", "84"}, "--width");
    fails({"explain", sample(), "--method", "rollout", "--json", "--dpi", "300"}, "without -o there is no figure");
    fails({"explain", sample(), "--method", "rollout", "--layer", "all", "--one-scale", "-o", folder.path("a.npz")},
          "--one-scale");
    for (const char* suffix : {".svg", ".PDF"})
        fails({"positions", "--dpi", "300", "-o", folder.path(std::string("a") + suffix)}, "has no dots but lines");
}

TEST(Usage, HelpListsTheSubcommands)
{
    const Outcome outcome = vitrine({"--help"});
    EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
    for (const char* name :
         {"classify", "attention", "inner", "positions", "pca", "cka", "explain", "faithfulness", "lens", "similarity",
          "statistics", "what-if", "features", "filters", "figure", "trace", "inspect", "evaluate", "bench"})
        EXPECT_THAT(outcome.out, HasSubstr(name));
}

TEST(Usage, WhatIsMissingIsNamed)
{
    expectError(vitrine({"classify"}), 2, "IMAGE");
    expectError(vitrine({"attention", sample()}), 2, "output");
    expectError(vitrine({"trace", "-o", "out.npz"}), 2, "IMAGE");
    expectError(vitrine({"pca", sample()}), 2, "output");
    expectError(vitrine({"cka", "-o", "out.png"}), 2, "IMAGE");
    expectError(vitrine({"faithfulness", sample(), "--steps", "0"}), 2, "steps");
    expectError(vitrine({"evaluate"}), 2, "FOLDER");
}

TEST(Usage, ValuesThatMakeNoSenseAreUsageErrors)
{
    const std::string model = golden("timm-vit");
    const std::vector<std::vector<std::string>> wrong{{"--top", "0"},
                                                      {"--top", "many"},
                                                      {"--threads", "-2"},
                                                      {"--precision", "float12"},
                                                      {"--heads", "0"},
                                                      {"--image-size", "0"},
                                                      {"--image-size", "12x"},
                                                      {"--image-size", "1x2x3"},
                                                      {"--mean", "1,2"},
                                                      {"--mean", "a"},
                                                      {"--std", "0"},
                                                      {"--std", "0.5,-1,0.5"},
                                                      {"--crop-pct", "0"},
                                                      {"--crop-pct", "nan"},
                                                      {"--interpolation", "cubic"},
                                                      {"--fit", "stretch"}};
    for (const std::vector<std::string>& one : wrong) {
        SCOPED_TRACE(one[0] + " " + one[1]);
        const Outcome outcome = vitrine({"classify", sample(), "--model", model, one[0], one[1]});
        expectError(outcome, 2, one[0].substr(2));
    }
}

TEST(Usage, ANameThatIsEmptyOrADashIsAUsageError)
{
    const std::string model = golden("timm-vit");
    for (const char* command : {"attention", "pca", "cka", "faithfulness", "trace"}) {
        expectError(vitrine({command, sample(), "-o", "", "--model", model}), 2, "--output: the name is empty");
        expectError(vitrine({command, sample(), "-o", "-", "--model", model}), 2, "not to the standard output");
        expectError(vitrine({command, "", "-o", "a.npz", "--model", model}), 2, "IMAGE: a name is empty");
    }
    expectError(vitrine({"positions", "-o", "", "--model", model}), 2, "--output: the name is empty");
    expectError(vitrine({"positions", "-o", "-", "--model", model}), 2, "not to the standard output");
    expectError(vitrine({"inner", "", "-o", "a.png", "--patch", "0,0"}), 2, "IMAGE");
    expectError(vitrine({"classify", sample(), ""}), 2, "IMAGE");
    expectError(vitrine({"evaluate", ""}), 2, "FOLDER");
    expectError(vitrine({sample(), "--screenshot", ""}), 2, "screenshot");
    expectError(vitrine({"", "--screenshot", "a.png"}), 2, "IMAGE");
    EXPECT_FALSE(std::filesystem::exists("-"));
}

TEST(Usage, ADeviceThatIsNotThereIsAnError)
{
    expectError(vitrine({"classify", sample(), "--model", golden("timm-vit"), "--device", "cuda:99"}), 1, "cuda:99");
}

TEST(Usage, TextOfAFileCannotSteerTheTerminal)
{
    const Folder folder;
    const Outcome outcome = vitrine({"classify", folder.path("\x1b[31mred.png"), "--model", golden("timm-vit")});
    expectError(outcome, 1, "red.png");
    EXPECT_THAT(outcome.err, testing::Not(HasSubstr("\x1b")));
}

TEST(Usage, VersionIsPrinted)
{
    const Outcome outcome = vitrine({"--version"});
    EXPECT_EQ(outcome.exitCode, 0);
    EXPECT_THAT(outcome.out, HasSubstr("0.1"));
}

TEST(Usage, WithoutTheLibraryOfNetworksEverythingElseWorks)
{
    const Folder folder;
    Circumstances alone;
    alone.program = folder.path("vitrine");
    std::filesystem::copy_file(VITRINE_PROGRAM, alone.program);
    expectError(vitrine({"classify", sample(), "--model", golden("timm-vit")}, alone), 1, "libvitrine_engines.so");
    EXPECT_EQ(vitrine({"inspect", golden("timm-vit")}, alone).exitCode, 0);
}

}  // namespace
}  // namespace vitrine::test
