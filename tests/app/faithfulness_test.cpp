// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <filesystem>

#include <QImage>

#include <gmock/gmock.h>

#include "tests/app/program.h"

namespace vitrine::test {
namespace {

using testing::HasSubstr;

nlohmann::json answer(std::vector<std::string> options)
{
    options.insert(options.begin(), {"faithfulness", sample("koala.jpg"), "--json"});
    return vitrine(options).json();
}

double area(const nlohmann::json& curve)
{
    double sum = 0;
    for (std::size_t i = 0; i + 1 < curve.size(); ++i)
        sum += (curve[i].get<double>() + curve[i + 1].get<double>()) / 2;
    return sum / static_cast<double>(curve.size() - 1);
}

TEST(Faithfulness, CurvesBeginAndEndAtTheWholePicture)
{
    const nlohmann::json found = answer({"--steps", "10"});
    ASSERT_EQ(found["deletion"].size(), 11U);
    ASSERT_EQ(found["insertion"].size(), 11U);
    const nlohmann::json best = vitrine({"classify", sample("koala.jpg"), "--json"}).json()[0]["predictions"][0];
    EXPECT_EQ(found["index"], best["index"]);
    EXPECT_EQ(found["label"], best["label"]);
    EXPECT_NEAR(found["probability"].get<double>(), best["probability"].get<double>(), 1e-5);
    EXPECT_NEAR(found["deletion"].front().get<double>(), best["probability"].get<double>(), 1e-5);
    EXPECT_NEAR(found["insertion"].back().get<double>(), best["probability"].get<double>(), 1e-5);
    EXPECT_NEAR(found["deletion_area"].get<double>(), area(found["deletion"]), 1e-5);
    EXPECT_NEAR(found["insertion_area"].get<double>(), area(found["insertion"]), 1e-5);
    // A blurred picture and one colour are no koala.
    EXPECT_LT(found["deletion"].back().get<double>(), 0.1);
    EXPECT_LT(found["insertion"].front().get<double>(), 0.1);
}

TEST(Faithfulness, DependsOnTheMapAndTheClass)
{
    const nlohmann::json attention = answer({"--steps", "8"}), rollout = answer({"--steps", "8", "--rollout"});
    EXPECT_NE(attention["deletion"][4], rollout["deletion"][4]);
    EXPECT_THAT(rollout["map"].get<std::string>(), HasSubstr("rollout"));
    const nlohmann::json other = answer({"--steps", "8", "--class", "tabby cat"});
    EXPECT_EQ(other["label"], "tabby cat");
    EXPECT_EQ(answer({"--steps", "8", "--class", std::to_string(other["index"].get<int>())})["deletion"], other["deletion"]);
    EXPECT_LT(other["deletion"].front().get<double>(), attention["deletion"].front().get<double>());
}

TEST(Faithfulness, GoesByPatches)
{
    const nlohmann::json pixels = answer({"--steps", "8"}), patches = answer({"--steps", "8", "--by", "patches"});
    EXPECT_EQ(patches["by"], "patches");
    EXPECT_NEAR(patches["deletion"].front().get<double>(), pixels["deletion"].front().get<double>(), 1e-5);
    EXPECT_NEAR(patches["deletion"].back().get<double>(), pixels["deletion"].back().get<double>(), 1e-5);
    EXPECT_NE(patches["deletion"][4], pixels["deletion"][4]);
    expectError(vitrine({"faithfulness", sample("koala.jpg"), "--by", "heads"}), 2, "--by");
}

TEST(Faithfulness, TextNamesTheAreasAndAFigureShowsThem)
{
    const Folder folder;
    const Outcome outcome = vitrine({"faithfulness", sample("koala.jpg"), "--steps", "4", "-o", folder.path("curves.svg")});
    ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
    for (const char* part : {"deletion 0.", "insertion 0.", "what CLS looks at, layer 11", "4 steps of pixels"})
        EXPECT_THAT(outcome.out, HasSubstr(part));
    for (const char* part : {"deletion, area 0.", "insertion, area 0.", "probability of koala", "100 %"})
        EXPECT_THAT(readText(folder.path("curves.svg")), HasSubstr(part));
    ASSERT_EQ(vitrine({"faithfulness", sample("koala.jpg"), "--steps", "4", "-o", folder.path("curves.npy")}).exitCode, 0);
    EXPECT_EQ(readNpy(folder.path("curves.npy")).shape(), (Shape{2, 5}));
}

std::vector<std::string> tableOf(const std::string& path, std::vector<std::string> more)
{
    more.insert(more.begin(), {"faithfulness", path, "--model", golden("timm-vit"), "--steps", "4"});
    return more;
}

TEST(FaithfulnessTable, HasEveryMethodAndTheControls)
{
    const Folder folder;
    const std::string file = folder.path("table.csv");
    const Outcome outcome = vitrine(tableOf(sample(), {"--method", "all", "-o", file}));
    ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
    const std::string table = readText(file);
    EXPECT_THAT(table, HasSubstr(",deletion,insertion,saco,pictures\r\nattention,"));
    for (const char* name : {"chefer", "integrated-gradients", "random", "gaussian"}) {
        EXPECT_THAT(table, HasSubstr(std::string("\r\n") + name + ","));
        EXPECT_THAT(outcome.out, HasSubstr(name));
    }
    EXPECT_EQ(folder.names(), std::vector<std::string>{"table.csv"}) << "what it was made of is removed";
    // The numbers are those of the single map.
    const nlohmann::json one
        = vitrine({"faithfulness", sample(), "--model", golden("timm-vit"), "--steps", "4", "--json"}).json();
    const nlohmann::json all = vitrine(tableOf(sample(), {"--method", "attention", "--json"})).json();
    ASSERT_EQ(all["methods"].size(), 3U);
    EXPECT_EQ(all["methods"][0]["method"], "attention");
    EXPECT_NEAR(all["methods"][0]["deletion"].get<double>(), one["deletion_area"].get<double>(), 1e-5);
    EXPECT_NEAR(all["methods"][0]["insertion"].get<double>(), one["insertion_area"].get<double>(), 1e-5);
    EXPECT_NEAR(all["methods"][0]["saco"].get<double>(), one["saco"].get<double>(), 1e-5);
    // What is not better than a control is said to be so.
    for (const char* measure : {"deletion", "insertion", "saco"}) {
        const double better = std::string(measure) == "deletion" ? -1 : 1;
        const double difference = better
                                  * (all["methods"][0][measure].get<double>() - all["methods"][1][measure].get<double>());
        const nlohmann::json& lost = all["methods"][0]["does_not_beat"].value("random", nlohmann::json::array());
        const std::string name = std::string(measure) == "saco" ? "SaCo" : measure;
        const bool isLost = std::any_of(lost.begin(), lost.end(), [&](const nlohmann::json& each) { return each == name; });
        EXPECT_EQ(!isLost, difference > 0) << measure;
    }
}

TEST(FaithfulnessTable, GoesOnWhereItWasEnded)
{
    const Folder folder;
    const std::string file = folder.path("table.csv"), partial = file + ".partial";
    std::filesystem::create_directory(folder.path("pictures"));
    std::filesystem::copy_file(sample(), folder.path("pictures/a.jpg"));
    std::filesystem::copy_file(sample("koala.jpg"), folder.path("pictures/b.jpg"));
    const std::vector<std::string> run = tableOf(folder.path("pictures"), {"--method", "rollout", "-o", file});
    // An unreadable place for the table ends the run after all is measured.
    std::filesystem::create_directory(file);
    EXPECT_EQ(vitrine(run).exitCode, 1);
    std::string known = readText(partial);
    ASSERT_EQ(std::ranges::count(known, '\n'), 1 + 2 * 3);
    // A number that no network gives shows that it is not measured again; a line that broke off is.
    const std::size_t second = known.find('\n') + 1, third = known.find('\n', second) + 1;
    const std::string line = known.substr(second, third - second);
    const std::size_t at = line.find("\"SaCo\":") + 7;
    known.replace(second, third - second, line.substr(0, at) + "1000}\n");
    known.resize(known.size() - 20);
    writeText(partial, known);
    std::filesystem::remove(file);
    const Outcome outcome = vitrine(run);
    ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
    EXPECT_THAT(readText(file), HasSubstr(",2\r\n"));
    EXPECT_THAT(outcome.out, testing::ContainsRegex("(499|500)\\."));
    EXPECT_FALSE(std::filesystem::exists(partial));
    writeText(partial, known);
    expectError(vitrine(tableOf(folder.path("pictures"), {"--method", "rollout", "--with", "mean", "-o", file})), 1,
                "beginning of another table");
}

TEST(FaithfulnessTable, UsageThatMakesNoSenseIsSaid)
{
    expectError(vitrine(tableOf(sample(), {"--method", "all", "--layer", "1"})), 2, "leave it out with --method");
    expectError(vitrine(tableOf(sample(), {"--method", "all", "-o", "a.png"})), 2, "written as .csv");
    expectError(vitrine(tableOf(sample(), {"--method", "nothing"})), 1, "the methods are");
    const Folder folder;
    expectError(vitrine(tableOf(folder.path(), {"--method", "all"})), 1, "no picture in");
}

TEST(Faithfulness, WhatCannotBeMeasuredIsSaid)
{
    expectError(vitrine({"faithfulness", sample("koala.jpg"), "--layer", "all"}), 1, "curves belong to one");
    expectError(vitrine({"faithfulness", sample("koala.jpg"), "--head", "all"}), 1, "curves belong to one");
    expectError(vitrine({"faithfulness", sample("koala.jpg"), "--class", "no such thing"}), 1, "no such thing");
    expectError(vitrine({"faithfulness", sample("koala.jpg"), "--model", golden("dino/dino_checkpoint.pth"), "--heads", "2"}),
                1, "no classification head");
}

}  // namespace
}  // namespace vitrine::test
