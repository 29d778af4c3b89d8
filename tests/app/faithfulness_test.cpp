// SPDX-License-Identifier: GPL-3.0-or-later
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

TEST(Faithfulness, TextNamesTheAreasAndAFigureShowsThem)
{
    const Folder folder;
    const Outcome outcome = vitrine({"faithfulness", sample("koala.jpg"), "--steps", "4", "-o", folder.path("curves.svg")});
    ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
    for (const char* part : {"deletion 0.", "insertion 0.", "what CLS looks at, layer 11", "4 steps"})
        EXPECT_THAT(outcome.out, HasSubstr(part));
    for (const char* part : {"deletion, area 0.", "insertion, area 0.", "probability of koala", "100 %"})
        EXPECT_THAT(readText(folder.path("curves.svg")), HasSubstr(part));
    ASSERT_EQ(vitrine({"faithfulness", sample("koala.jpg"), "--steps", "4", "-o", folder.path("curves.npy")}).exitCode, 0);
    EXPECT_EQ(readNpy(folder.path("curves.npy")).shape(), (Shape{2, 5}));
}

TEST(Faithfulness, WhatCannotBeMeasuredIsSaid)
{
    expectError(vitrine({"faithfulness", sample("koala.jpg"), "--layer", "all"}), 1, "curves belong to one");
    expectError(vitrine({"faithfulness", sample("koala.jpg"), "--head", "all"}), 1, "curves belong to one");
    expectError(vitrine({"faithfulness", sample("koala.jpg"), "--class", "no such thing"}), 1, "no such thing");
    expectError(vitrine({"faithfulness", sample("koala.jpg"), "--model", golden("dino/dino_checkpoint.pth"), "--heads", "2"}), 1, "no classification head");
}

} // namespace
} // namespace vitrine::test
