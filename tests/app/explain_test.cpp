// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <numeric>

#include <gmock/gmock.h>

#include "core/checkpoint/checkpoint.h"
#include "core/explain/method.h"
#include "tests/app/program.h"

namespace vitrine::test {
namespace {

using testing::HasSubstr;
using testing::Not;

std::vector<std::string> explain(const std::string& model, const std::string& method, std::vector<std::string> more)
{
    more.insert(more.begin(), {"explain", sample(), "--model", golden(model), "--method", method});
    return more;
}

TEST(Explain, WritesOneArrayAMethodAndTheClass)
{
    const Folder folder;
    for (const char* model : {"timm-vit", "timm-tnt"}) {
        const bool isTnt = std::string(model) == "timm-tnt";
        const std::string file = folder.path(std::string(model) + ".npz");
        const Outcome outcome = vitrine(explain(model, "all", {"--class", "4", "-o", file}));
        ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
        const auto arrays = Checkpoint::open(file);
        for (const Method& method : methods()) {
            SCOPED_TRACE(method.id);
            const bool isInner = method.gives == Gives::InnerMap;
            ASSERT_EQ(arrays.find(method.id) != nullptr, isTnt || !isInner);
            if (!isTnt && isInner)
                continue;
            const int side = isTnt ? isInner ? 8 : 2 : 4;
            EXPECT_EQ(arrays.read(std::string(method.id)).shape(), (Shape{side, side}));
        }
        EXPECT_EQ(arrays.read("class").at({0}), 4);
    }
}

TEST(Explain, NestedCellsAddUpToTheirPatch)
{
    const Folder folder;
    const std::string file = folder.path("maps.npz");
    ASSERT_EQ(vitrine(explain("timm-tnt", "chefer,nested-gradient,rollout,nested-rollout", {"-o", file})).exitCode, 0);
    for (const auto& [outer, inner] : {std::pair("chefer", "nested-gradient"), std::pair("rollout", "nested-rollout")}) {
        const NdArray patches = readNpz(file, outer), cells = readNpz(file, inner);
        for (int row = 0; row < 2; ++row)
            for (int column = 0; column < 2; ++column) {
                double sum = 0;
                for (int cell = 0; cell < 16; ++cell)
                    sum += cells.at({4 * row + cell / 4, 4 * column + cell % 4});
                EXPECT_NEAR(sum, patches.at({row, column}), 1e-5 * patches.at({row, column}));
            }
    }
}

TEST(Explain, EveryLayerIsAStack)
{
    const Folder folder;
    const std::string all = folder.path("all.npz"), one = folder.path("one.npz");
    ASSERT_EQ(vitrine(explain("timm-vit", "gradcam", {"--layer", "all", "-o", all})).exitCode, 0);
    ASSERT_EQ(vitrine(explain("timm-vit", "gradcam", {"--layer", "0", "-o", one})).exitCode, 0);
    const NdArray stack = readNpz(all, "gradcam");
    ASSERT_EQ(stack.shape(), (Shape{2, 4, 4}));
    EXPECT_THAT(stack[0].values(), testing::Pointwise(testing::FloatNear(1e-6F), readNpz(one, "gradcam").values()));
}

TEST(Explain, FiguresAndTablesNameTheirMethods)
{
    const Folder folder;
    ASSERT_EQ(vitrine(explain("timm-vit", "chefer,gradient-input,random",
                              {"--class", "2", "--against", "3", "-o", folder.path("a.svg")}))
                  .exitCode,
              0);
    for (const char* part :
         {"chefer  ", "gradient-input  ±", "random  0.9", "class 2 rather than class 3", "brown for, blue against"})
        EXPECT_THAT(readText(folder.path("a.svg")), HasSubstr(part));
    ASSERT_EQ(vitrine(explain("timm-vit", "rollout,random", {"-o", folder.path("a.CSV")})).exitCode, 0);
    const std::string table = readText(folder.path("a.CSV"));
    EXPECT_THAT(table, HasSubstr(",row,column,value\r\nrollout,0,0,"));
    EXPECT_THAT(table, HasSubstr("\r\nrandom,3,3,"));
    EXPECT_EQ(std::ranges::count(table, '\n'), 1 + 2 * 16);
    ASSERT_EQ(vitrine(explain("timm-vit", "rollout", {"-o", folder.path("a.npy")})).exitCode, 0);
    EXPECT_EQ(readNpy(folder.path("a.npy")).shape(), (Shape{4, 4}));
}

TEST(Explain, LayersOfAFigureMayShareOneScale)
{
    const Folder folder;
    const auto figure = [&](std::vector<std::string> more) {
        more.insert(more.end(), {"--layer", "all", "-o", folder.path("a.svg")});
        EXPECT_EQ(vitrine(explain("timm-vit", "gradcam", more)).exitCode, 0);
        return readText(folder.path("a.svg"));
    };
    EXPECT_THAT(figure({}), HasSubstr("colours from 0 to the number above"));
    EXPECT_THAT(figure({"--one-scale"}), Not(HasSubstr("colours from 0 to the number above")));
    expectError(vitrine(explain("timm-vit", "gradcam,rollout", {"--one-scale", "-o", folder.path("b.svg")})), 1,
                "different units");
}

TEST(Explain, JsonHasTheMapsAndTheClass)
{
    const nlohmann::json found
        = vitrine(explain("timm-vit", "occlusion,attention", {"--json", "--set", "attention.layer=0"})).json();
    const nlohmann::json best
        = vitrine({"classify", sample(), "--model", golden("timm-vit"), "--json"}).json()[0]["predictions"][0];
    EXPECT_EQ(found["index"], best["index"]);
    ASSERT_EQ(found["maps"].size(), 2U);
    EXPECT_EQ(found["maps"][0]["method"], "occlusion");
    EXPECT_EQ(found["maps"][1]["map"].size(), 4U);
    EXPECT_EQ(found["maps"][1]["map"][0].size(), 4U);
}

TEST(Explain, HelpHasEveryMethodsSentenceFormulaAndSource)
{
    std::string help = vitrine({"explain", "--help"}).out;
    const auto joined = [](std::string_view text) {
        std::string result;
        for (const char c : text)
            if (c != ' ' && c != '\n')
                result += c;
        return result;
    };
    const std::string all = joined(help);
    for (const Method& method : methods())
        for (const std::string_view part : {method.id, method.sentence, method.formula, method.source})
            EXPECT_THAT(all, HasSubstr(joined(part)));
}

TEST(Explain, WhatCannotBeExplainedIsSaid)
{
    const Folder folder;
    const std::string file = folder.path("a.npz");
    const auto fails = [&](const std::string& model, const std::string& method, std::vector<std::string> more, int code,
                           const char* part) {
        more.insert(more.end(), {"-o", file});
        expectError(vitrine(explain(model, method, std::move(more))), code, part);
    };
    fails("timm-vit", "gradcam++", {}, 1, "the methods are attention, value-attention");
    fails("timm-vit", "", {}, 1, "the methods are");
    fails("timm-vit", "nested-rollout", {}, 1, "choose a TNT");
    fails("timm-vit", "chefer", {"--class", "unicorn"}, 1, "has no class \"unicorn\"");
    fails("timm-vit", "chefer", {"--class", "2", "--against", "2"}, 1, "nothing is left");
    fails("timm-vit", "rollout", {"--class", "2"}, 1, "leave --class and --against out");
    fails("timm-vit", "chefer", {"--layer", "1"}, 1, "has a parameter \"layer\"");
    fails("timm-vit", "chefer", {"--layer", "all"}, 1, "not of a layer");
    fails("timm-vit", "all", {"--layer", "all"}, 1, "name one with --method");
    fails("timm-vit", "rollout", {"--set", "rollout.discard"}, 1, "METHOD.PARAMETER=NUMBER");
    fails("timm-vit", "rollout", {"--set", "rollout.discard=2"}, 1, "number from 0 to 1");
    fails("timm-vit", "rollout", {"--set", "chefer.layer=1"}, 1, "No method that was chosen");
    expectError(vitrine(explain("timm-vit", "rollout", {})), 2, "give a file with -o, or --json");
    expectError(vitrine(explain("timm-vit", "rollout,random", {"-o", folder.path("a.npy")})), 1, "one map alone");
    const std::vector<std::string> headless{"explain", sample(), "--model", golden("dino/dino_checkpoint.pth"), "--heads", "2",
                                            "-o",      file,     "--method"};
    std::vector<std::string> arguments = headless;
    arguments.emplace_back("chefer");
    expectError(vitrine(arguments), 1, "no classification head");
    EXPECT_TRUE(folder.names().empty());
    // What needs no class is there without a head, too.
    arguments.back() = "all";
    ASSERT_EQ(vitrine(arguments).exitCode, 0);
    EXPECT_EQ(readNpz(file, "rollout").shape(), (Shape{4, 4}));
    EXPECT_EQ(Checkpoint::open(file).find("chefer"), nullptr);
    EXPECT_EQ(Checkpoint::open(file).find("class"), nullptr);
}

}  // namespace
}  // namespace vitrine::test
